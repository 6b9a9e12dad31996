import { app, BrowserWindow, dialog } from 'electron'
import type { Workbench } from '../workbench/desktop/workbench.ts'
import { letWindowsClose } from './window.ts'

export interface Quit {
  /** For those who cannot be asked: signals. */
  quitNow(): void
  /** Quits and starts again in another workspace: a process has one. */
  quitTo(workspace: string): void
}

/** Quitting stops the jobs of this process, to be resumed later. It asks only where there are any. */
export function guardQuit(workbench: Workbench): Quit {
  let next: string | undefined
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
        if (!yes) {
          next = undefined
          return
        }
        agreed = true
        letWindowsClose()
        await workbench.close()
        if (next !== undefined) app.relaunch({ args: argumentsFor(process.argv.slice(1), next) })
        app.quit()
      })
      .finally(() => {
        asking = false
      })
  })
  return {
    quitNow() {
      unasked = true
      app.quit()
    },
    quitTo(workspace) {
      next = workspace
      app.quit()
    },
  }
}

/** The arguments of this start with another workspace. */
export function argumentsFor(args: readonly string[], workspace: string): string[] {
  const at = args.indexOf('--workspace')
  const others = at < 0 ? args : [...args.slice(0, at), ...args.slice(at + 2)]
  return [...others, '--workspace', workspace]
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
