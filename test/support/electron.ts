import { EventEmitter } from 'node:events'
import { vi } from 'vitest'

/** A stand-in for the `electron` module, which has no binary in a test: it records what the app asks of it. */
export function fakeElectron() {
  const app = Object.assign(new EventEmitter(), {
    quit: vi.fn(() => {
      app.emit('before-quit', { preventDefault: app.prevented })
    }),
    exit: vi.fn(),
    prevented: vi.fn(),
    whenReady: vi.fn(async () => {}),
    requestSingleInstanceLock: vi.fn(() => true),
    getPath: vi.fn(() => process.env.FAKE_USER_DATA ?? '/nonexistent'),
  })
  const windows: FakeWindow[] = []
  class FakeWindow extends EventEmitter {
    readonly options: Record<string, unknown>
    webContents = { send: vi.fn() }
    loadURL = vi.fn(async () => {})
    show = vi.fn()
    focus = vi.fn()
    restore = vi.fn()
    maximize = vi.fn()
    isMinimized = vi.fn(() => false)
    isMaximized = vi.fn(() => true)
    getNormalBounds = vi.fn(() => ({ x: 10, y: 20, width: 1000, height: 700 }))
    constructor(options: Record<string, unknown>) {
      super()
      this.options = options
      windows.push(this)
    }
    static getAllWindows = () => windows
  }
  const session = {
    defaultSession: {
      setPermissionRequestHandler: vi.fn(),
      setPermissionCheckHandler: vi.fn(),
      setDevicePermissionHandler: vi.fn(),
      webRequest: { onBeforeRequest: vi.fn() },
    },
  }
  return {
    app,
    windows,
    BrowserWindow: FakeWindow,
    session,
    ipcMain: new EventEmitter(),
    protocol: { registerSchemesAsPrivileged: vi.fn(), handle: vi.fn() },
    dialog: { showMessageBox: vi.fn(async () => ({ response: 0 })), showErrorBox: vi.fn() },
    screen: { getAllDisplays: vi.fn(() => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]) },
    Menu: { buildFromTemplate: vi.fn((template: unknown) => template), setApplicationMenu: vi.fn() },
    contextBridge: { exposeInMainWorld: vi.fn() },
    ipcRenderer: Object.assign(new EventEmitter(), { postMessage: vi.fn() }),
  }
}

export type FakeElectron = ReturnType<typeof fakeElectron>
