import { fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'

/**
 * A real process with a port to its parent in place of stdin, as Electron's utility processes have it: it is Node, and
 * what crosses is cloned as Electron clones it.
 */
function forkUtility(script: string, args: string[], options: { env: NodeJS.ProcessEnv; stdio: string[] }) {
  const child = fork(script, args, {
    env: options.env,
    stdio: [...options.stdio, 'ipc'] as ('ignore' | 'pipe' | 'ipc')[],
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', join(import.meta.dirname, 'parentPort.mjs')],
  })
  const utility = Object.assign(new EventEmitter(), {
    pid: undefined as number | undefined,
    stderr: child.stderr,
    stdout: child.stdout,
    postMessage: (message: unknown) => void child.send({ message } as never),
    kill: () => child.kill(),
  })
  child.on('spawn', () => {
    utility.pid = child.pid
    utility.emit('spawn')
  })
  child.on('message', (sent) => utility.emit('message', (sent as { message: unknown }).message))
  child.on('exit', (code, signal) => {
    utility.pid = undefined
    utility.emit('exit', signal ? constants.signals[signal] : code)
  })
  return utility
}

/** A stand-in for the `electron` module, which has no binary in a test: it records what the app asks of it. */
export function fakeElectron() {
  const app = Object.assign(new EventEmitter(), {
    quit: vi.fn(() => {
      app.emit('before-quit', { preventDefault: app.prevented })
    }),
    exit: vi.fn(),
    relaunch: vi.fn(),
    isPackaged: false,
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
    dialog: {
      showMessageBox: vi.fn(async () => ({ response: 0 })),
      showErrorBox: vi.fn(),
      showOpenDialog: vi.fn(async () => ({ canceled: true, filePaths: [] as string[] })),
    },
    screen: { getAllDisplays: vi.fn(() => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]) },
    Menu: { buildFromTemplate: vi.fn((template: unknown) => template), setApplicationMenu: vi.fn() },
    contextBridge: { exposeInMainWorld: vi.fn() },
    utilityProcess: { fork: vi.fn(forkUtility) },
    ipcRenderer: Object.assign(new EventEmitter(), { postMessage: vi.fn(), send: vi.fn() }),
  }
}

export type FakeElectron = ReturnType<typeof fakeElectron>
