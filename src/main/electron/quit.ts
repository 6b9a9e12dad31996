import { app, BrowserWindow, dialog } from 'electron'
import type { Workbench } from '../workbench/desktop/workbench.ts'
import { letWindowsClose } from './window.ts'

/**
 * Quitting stops the jobs of this process, to be resumed later. It asks only where there are any. Returns the way to
 * quit for those who cannot be asked: signals.
 */
export function guardQuit(workbench: Workbench): () => void {
  let agreed = false
  let asking = false
  let unasked = false
  app.on('before-quit', (event) => {
    if (agreed) return
    event.preventDefault()
    if (asking) return
    asking = true
    void (unasked ? Promise.resolve(true) : mayQuit(workbench))
      .then(async (yes) => {
        if (!yes) return
        agreed = true
        letWindowsClose()
        await workbench.close()
        app.quit()
      })
      .finally(() => {
        asking = false
      })
  })
  return () => {
    unasked = true
    app.quit()
  }
}

async function mayQuit({ live }: Workbench): Promise<boolean> {
  if (live.length === 0) return true
  const options = {
    type: 'question' as const,
    message: live.length === 1 ? `"${live[0]!.title}" has not ended.` : `${live.length} jobs have not ended.`,
    detail:
      'Quitting stops them. What is done is kept, and Resume continues from there; what waits in the queue is lost.',
    buttons: ['Go on working', 'Stop and quit'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  }
  const [window] = BrowserWindow.getAllWindows()
  const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options))
  return response === 1
}
