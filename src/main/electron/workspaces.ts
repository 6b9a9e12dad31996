import { BrowserWindow, dialog, ipcMain } from 'electron'
import { recentWorkspaces } from '../workbench/store/recentWorkspaces.ts'

/** Only what the user has opened before: a page cannot have any folder opened. */
export function acceptWorkspaces(open: (folder: string) => void): void {
  ipcMain.on('splitbench:open-workspace', (_, folder: unknown) => {
    const known = recentWorkspaces().find((one) => one.folder === folder)
    if (known) open(known.folder)
  })
}

/** Asks for a folder; nothing happens where the user turns that down. */
export async function chooseWorkspace(open: (folder: string) => void): Promise<void> {
  const [window] = BrowserWindow.getAllWindows()
  const options = {
    title: 'Open a workspace',
    message: 'A folder for runs; an empty one is a new workspace.',
    properties: ['openDirectory' as const, 'createDirectory' as const],
  }
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options))
  const [folder] = filePaths
  if (!canceled && folder !== undefined) open(folder)
}
