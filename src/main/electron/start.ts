import { join, resolve } from 'node:path'
import { app, dialog, session } from 'electron'
import { toErrorShape } from '#common/errors.ts'
import { onLauncherDeath } from '../../system/launcher.ts'
import { runsFolderOf } from '../workbench/desktop/lock.ts'
import { Workbench } from '../workbench/desktop/workbench.ts'
import { appRoot } from '../workbench/entries.ts'
import { printers } from '../workbench/reports/many/pdf.ts'
import { Site } from '../workbench/site/site.ts'
import { noteWorkspace } from '../workbench/store/recentWorkspaces.ts'
import { trainerLauncher } from '../workbench/trainer/launcher.ts'
import { confineContents, confineSession } from './confine.ts'
import { setMenu } from './menu.ts'
import { acceptPorts } from './ports.ts'
import { printWithElectron } from './print.ts'
import { announceScheme, serveScheme } from './protocol.ts'
import { guardQuit } from './quit.ts'
import { launchUtility } from './utility.ts'
import { openWindow, showWindow } from './window.ts'
import { acceptWorkspaces } from './workspaces.ts'

/**
 * `--workspace <folder>`, as `npm start` gives it; else the working folder, or, where the app was installed and is started
 * by a click from anywhere, `Splitbench` among the user's documents.
 */
export function workspaceOf(argv: readonly string[]): string {
  const at = argv.indexOf('--workspace')
  const named = at >= 0 ? argv[at + 1] : undefined
  if (named === undefined && app.isPackaged) return join(app.getPath('documents'), 'Splitbench')
  return resolve(named ?? '.')
}

/** Door 1. A second start brings the first one's window to the front and ends. */
export async function startApp(argv: readonly string[]): Promise<void> {
  announceScheme()
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  app.on('second-instance', showWindow)
  app.on('web-contents-created', (_, contents) => confineContents(contents))
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  await app.whenReady()
  try {
    const workbench = new Workbench(workspaceOf(argv), 'window')
    confineSession(session.defaultSession)
    printers.now = printWithElectron
    trainerLauncher.now = launchUtility
    serveScheme(new Site(join(appRoot, 'out', 'renderer'), runsFolderOf(workbench.workspace)))
    acceptPorts((channel) => workbench.attach(channel))
    const { quitNow, quitTo } = guardQuit(workbench)
    void noteWorkspace(workbench.workspace)
    setMenu(workbench.workspace, quitTo)
    acceptWorkspaces(quitTo)
    app.on('activate', showWindow)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quitNow)
    onLauncherDeath(quitNow)
    openWindow()
  } catch (error) {
    const { message, hint } = toErrorShape(error)
    dialog.showErrorBox('Splitbench cannot start', hint ? `${message}\n\n${hint}` : message)
    app.exit(1)
  }
}
