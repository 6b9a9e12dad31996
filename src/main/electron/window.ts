import { join } from 'node:path'
import { app, BrowserWindow } from 'electron'
import { startPage } from './origin.ts'
import { lastState, rememberState } from './windowState.ts'

/** Opens the workbench's window. It closes through `app.quit`, so that one place asks about what would be lost. */
export function openWindow(): BrowserWindow {
  const { bounds, maximized } = lastState()
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 900,
    minHeight: 600,
    title: 'Splitbench',
    show: false,
    webPreferences: {
      preload: join(import.meta.dirname, '..', 'preload', 'index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    rememberState(window)
    if (process.platform === 'darwin' || quitting) return
    event.preventDefault()
    app.quit()
  })
  void window.loadURL(startPage)
  return window
}

let quitting = false
/** From now on windows close without asking. */
export function letWindowsClose(): void {
  quitting = true
}

/** Brings the window to the front, or opens one. */
export function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (!window) {
    openWindow()
    return
  }
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
