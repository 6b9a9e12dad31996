import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect } from '#common/contract/channel.ts'
import { client } from '#common/contract/rpc.ts'
import { workbenchContract } from '#common/contract/workbench.ts'
import { runsFolderOf } from '../../../src/main/workbench/desktop/lock.ts'
import { Workbench } from '../../../src/main/workbench/desktop/workbench.ts'
import { Site } from '../../../src/main/workbench/site/site.ts'
import type { FakeElectron } from '../../support/electron.ts'
import { configWith, shortWork } from '../../support/shortWork.ts'

vi.mock('electron', async () => (await import('../../support/electron.ts')).fakeElectron())
const electron = (await import('electron')) as unknown as FakeElectron
const { confineContents, confineSession } = await import('../../../src/main/electron/confine.ts')
const { acceptPorts } = await import('../../../src/main/electron/ports.ts')
const { announceScheme, serveScheme } = await import('../../../src/main/electron/protocol.ts')
const { guardQuit } = await import('../../../src/main/electron/quit.ts')
const { acceptWorkspaces, chooseWorkspace } = await import('../../../src/main/electron/workspaces.ts')
const { noteWorkspace, recentWorkspaces } = await import('../../../src/main/workbench/store/recentWorkspaces.ts')
const { setMenu } = await import('../../../src/main/electron/menu.ts')
const { openWindow, showWindow } = await import('../../../src/main/electron/window.ts')
const { startApp, workspaceOf } = await import('../../../src/main/electron/start.ts')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-electron-'))
  process.env.FAKE_USER_DATA = folder
  electron.windows.length = 0
  electron.app.removeAllListeners()
  electron.ipcMain.removeAllListeners()
  vi.clearAllMocks()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('the window', () => {
  it('has a sandboxed, isolated page of our own scheme', () => {
    openWindow()
    const [window] = electron.windows
    expect(window!.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    })
    expect(window!.loadURL).toHaveBeenCalledWith('app://workbench/')
  })

  it('opens where it was, unless that screen is gone', () => {
    openWindow()
    const [first] = electron.windows
    expect(first!.options).toMatchObject({ width: 1280, height: 800 })
    electron.app.quit.mockImplementationOnce(() => {})
    first!.emit('close', { preventDefault() {} })
    expect(JSON.parse(readFileSync(join(folder, 'window.json'), 'utf8')).maximized).toBe(true)
    openWindow()
    expect(electron.windows[1]!.options).toMatchObject({ x: 10, y: 20, width: 1000, height: 700 })
    expect(electron.windows[1]!.maximize).toHaveBeenCalled()
    electron.screen.getAllDisplays.mockReturnValueOnce([{ workArea: { x: 5000, y: 0, width: 800, height: 600 } }])
    openWindow()
    expect(electron.windows[2]!.options.x).toBeUndefined()
    writeFileSync(join(folder, 'window.json'), 'damaged')
    openWindow()
    expect(electron.windows[3]!.options).toMatchObject({ width: 1280, height: 800 })
  })

  it('comes to the front on a second start, which ends', async () => {
    openWindow()
    electron.windows[0]!.isMinimized.mockReturnValueOnce(true)
    showWindow()
    expect(electron.windows[0]!.restore).toHaveBeenCalled()
    expect(electron.windows[0]!.focus).toHaveBeenCalled()
    electron.app.requestSingleInstanceLock.mockReturnValueOnce(false)
    await startApp([])
    expect(electron.app.quit).toHaveBeenCalled()
    expect(electron.windows).toHaveLength(1)
  })

  it("has a menu of the platform with pages; their numbers are the window's own", () => {
    openWindow()
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      setMenu(folder, () => {}, platform)
      const menu = electron.Menu.setApplicationMenu.mock.lastCall![0] as {
        role?: string
        label?: string
        submenu?: { label?: string; accelerator?: string; click?(): void }[]
      }[]
      const view = menu.filter(({ label }) => label === '&View')
      expect(menu[0]!.role === 'appMenu').toBe(platform === 'darwin')
      const items = view.flatMap(({ submenu }) => submenu ?? []).filter(({ click }) => click)
      expect(items.map(({ label, accelerator }) => [label, accelerator])).toEqual([
        ['Overview', undefined],
        ['Profile', undefined],
        ['Layers', undefined],
        ['Train', undefined],
        ['Devices', undefined],
        ['Compare', undefined],
        ['Select', undefined],
        ['Live', undefined],
        ['Runs', undefined],
        ['Reports', undefined],
        ['Settings', 'CmdOrCtrl+,'],
      ])
      items[8]!.click!()
      expect(electron.windows[0]!.webContents.send).toHaveBeenLastCalledWith('splitbench:command', 'page:runs')
    }
  })

  it('takes its workspace from the command line', () => {
    expect(workspaceOf(['electron', '.', '--workspace', '/somewhere'])).toBe('/somewhere')
    expect(workspaceOf(['electron', '.'])).toBe(process.cwd())
    electron.app.isPackaged = true
    electron.app.getPath.mockReturnValueOnce('/home/lab/Documents')
    expect(workspaceOf(['/opt/Splitbench/splitbench'])).toBe('/home/lab/Documents/Splitbench')
    expect(workspaceOf(['/opt/Splitbench/splitbench', '--workspace', '/somewhere'])).toBe('/somewhere')
    electron.app.isPackaged = false
  })
})

describe('what pages may do', () => {
  const contents = () => {
    const one = Object.assign(new EventEmitter(), { setWindowOpenHandler: vi.fn() })
    confineContents(one as never)
    return one
  }
  const prevented = (emitter: EventEmitter, name: string, event: object) => {
    const preventDefault = vi.fn()
    emitter.emit(name, { ...event, preventDefault })
    return preventDefault.mock.calls.length > 0
  }

  it('no new windows, no navigation away, no views inside', () => {
    const page = contents()
    expect(page.setWindowOpenHandler.mock.calls[0]![0]({ url: 'https://example.org' })).toEqual({ action: 'deny' })
    for (const url of [
      'https://example.org/',
      'file:///etc/passwd',
      'app://other/',
      'app://workbench/reports/x/report.html',
    ]) {
      expect(prevented(page, 'will-navigate', { url })).toBe(true)
      expect(prevented(page, 'will-frame-navigate', { url, isMainFrame: true })).toBe(true)
    }
    expect(prevented(page, 'will-navigate', { url: 'app://workbench/#/runs' })).toBe(false)
    expect(
      prevented(page, 'will-frame-navigate', { url: 'app://workbench/reports/x/report.html', isMainFrame: false }),
    ).toBe(false)
    expect(prevented(page, 'will-frame-navigate', { url: 'app://workbench/', isMainFrame: false })).toBe(true)
    expect(prevented(page, 'will-attach-webview', {})).toBe(true)
    expect(prevented(page, 'will-redirect', { url: 'app://workbench/' })).toBe(true)
  })

  it('no permissions but to copy and to tell the end of a job, and no request to anywhere', () => {
    const { defaultSession } = electron.session
    confineSession(defaultSession as never)
    const ask = (permission: string) => {
      let answer: unknown
      defaultSession.setPermissionRequestHandler.mock.lastCall![0](null, permission, (yes: boolean) => {
        answer = yes
      })
      return answer
    }
    for (const permission of ['media', 'geolocation', 'serial', 'usb', 'openExternal', 'clipboard-read']) {
      expect(ask(permission)).toBe(false)
      expect(defaultSession.setPermissionCheckHandler.mock.lastCall![0](null, permission)).toBe(false)
    }
    expect(ask('notifications')).toBe(true)
    expect(defaultSession.setDevicePermissionHandler.mock.lastCall![0]({})).toBe(false)
    const cancelled = (url: string) => {
      let answer: unknown
      defaultSession.webRequest.onBeforeRequest.mock.lastCall![0]({ url }, ({ cancel }: { cancel: boolean }) => {
        answer = cancel
      })
      return answer
    }
    for (const url of ['https://example.org/', 'http://127.0.0.1/', 'file:///etc/passwd', 'ws://x/', 'app://other/']) {
      expect(cancelled(url)).toBe(true)
    }
    expect(cancelled('app://workbench/assets/index.js')).toBe(false)
    expect(cancelled('blob:app://workbench/1')).toBe(false)
  })

  it('is served over app: with the policy of the web host, and nothing beside it', async () => {
    announceScheme()
    expect(electron.protocol.registerSchemesAsPrivileged.mock.lastCall![0][0]).toMatchObject({
      scheme: 'app',
      privileges: { standard: true, secure: true },
    })
    const site = join(folder, 'site')
    mkdirSync(site)
    writeFileSync(join(site, 'index.html'), 'the page')
    writeFileSync(join(folder, 'secret'), 'secret')
    serveScheme(new Site(site, join(folder, 'runs')))
    const handle = electron.protocol.handle.mock.lastCall![1] as (request: Request | object) => Promise<Response>
    const page = await handle({ url: 'app://workbench/', method: 'GET' })
    expect(await page.text()).toBe('the page')
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';/)
    expect((await handle({ url: 'app://workbench/../secret', method: 'GET' })).status).toBe(403)
    expect((await handle({ url: 'app://workbench/%2e%2e/secret', method: 'GET' })).status).toBe(403)
    expect((await handle({ url: 'app://workbench/none', method: 'GET' })).status).toBe(404)
    expect((await handle({ url: 'app://other/', method: 'GET' })).status).toBe(404)
    expect((await handle({ url: 'app://workbench/', method: 'POST' })).status).toBe(405)
  })
})

describe('with a workbench', () => {
  let workbench: Workbench
  beforeEach(() => {
    workbench = new Workbench(join(folder, 'workspace'), 'window', shortWork(2000))
  })
  afterEach(() => workbench.close())

  /** A port as Electron's main process has it, and the page's end of it. */
  const ports = () => {
    const { port1, port2 } = new MessageChannel()
    const main = Object.assign(new EventEmitter(), {
      postMessage: (data: unknown) => port1.postMessage(data),
      close: vi.fn(() => port1.close()),
      start: () => port1.start(),
    })
    port1.on('message', (data) => main.emit('message', { data }))
    port1.on('close', () => main.emit('close'))
    return { main, page: port2 }
  }
  const send = (port: object, url: string, top = true) => {
    const senderFrame = { url }
    electron.ipcMain.emit('splitbench:connect', {
      ports: [port],
      senderFrame,
      sender: { mainFrame: top ? senderFrame : {} },
    })
  }

  it('speaks the contract over a port of its own page', async () => {
    acceptPorts((channel) => workbench.attach(channel))
    const { main, page } = ports()
    send(main, 'app://workbench/')
    const connection = connect({
      onBytes: (listener) => page.on('message', (data) => data instanceof Uint8Array && listener(data)),
      onClose: (listener) => page.on('close', listener),
      send: async (bytes) => page.postMessage(bytes),
    })
    const rpc = client(connection, workbenchContract)
    connection.listen()
    const info = await rpc.request('workspace.info', {})
    expect(info.owner.door).toBe('window')
    expect(info.runsFolder).toBe(runsFolderOf(info.folder))
    const closed = new Promise((resolve) => page.on('close', resolve))
    page.postMessage('no bytes')
    await closed
  })

  it('hears nobody else: foreign pages, frames, reports', async () => {
    const attach = vi.fn(async () => {})
    acceptPorts(attach)
    for (const [url, top] of [
      ['https://example.org/', true],
      ['app://workbench.example.org/', true],
      ['app://workbench/reports/x/report.html', true],
      ['app://workbench/', false],
    ] as const) {
      const { main } = ports()
      send(main, url, top)
      expect(main.close).toHaveBeenCalled()
    }
    electron.ipcMain.emit('splitbench:connect', { ports: [], senderFrame: null, sender: {} })
    expect(attach).not.toHaveBeenCalled()
  })

  it('asks before it quits only where something would be lost', async () => {
    const rpc = await workbench.client()
    guardQuit(workbench)
    const { job } = await rpc.request('jobs.submit', {
      config: configWith(1),
      command: 'job',
      out: null,
      fresh: false,
    })
    electron.app.quit()
    await settled()
    expect(electron.dialog.showMessageBox).toHaveBeenCalledTimes(1)
    expect(electron.dialog.showMessageBox.mock.lastCall!.at(-1)).toMatchObject({ defaultId: 0, cancelId: 0 })
    expect(workbench.owner).toBe(true)
    expect(electron.app.quit).toHaveBeenCalledTimes(1)

    electron.dialog.showMessageBox.mockResolvedValueOnce({ response: 1 })
    electron.app.quit()
    await vi.waitFor(() => expect(electron.app.quit).toHaveBeenCalledTimes(3), 5000)
    expect(workbench.owner).toBe(false)
    await expect(rpc.request('jobs.wait', { job })).rejects.toBeDefined()
  })

  it('quits at once where nothing is at work, and without asking on a signal', async () => {
    await workbench.client()
    guardQuit(workbench).quitNow()
    await vi.waitFor(() => expect(workbench.owner).toBe(false))
    expect(electron.dialog.showMessageBox).not.toHaveBeenCalled()
  })
})

describe('workspaces', () => {
  const config = process.env.XDG_CONFIG_HOME
  beforeEach(() => {
    process.env.XDG_CONFIG_HOME = join(folder, 'config')
  })
  afterEach(() => {
    if (config === undefined) delete process.env.XDG_CONFIG_HOME
    else process.env.XDG_CONFIG_HOME = config
  })
  const made = (name: string): string => {
    const path = join(folder, name)
    mkdirSync(path)
    return path
  }

  it('that were opened are remembered, the newest first, without those that are gone', async () => {
    const [a, b, gone] = [made('a'), made('b'), made('gone')]
    for (const one of [a, gone, b, a]) await noteWorkspace(one)
    rmSync(gone, { recursive: true })
    expect(recentWorkspaces().map((one) => one.folder)).toEqual([a, b])
    for (let index = 0; index < 12; index++) await noteWorkspace(made(`w${index}`))
    expect(recentWorkspaces()).toHaveLength(10)
    writeFileSync(join(folder, 'config', 'splitbench', 'workspaces.json'), 'damaged')
    expect(recentWorkspaces()).toEqual([])
  })

  it('are in the menu, and a page opens only what was open before', async () => {
    const [here, other] = [made('here'), made('other')]
    await noteWorkspace(other)
    await noteWorkspace(here)
    const opened: string[] = []
    setMenu(here, (one) => opened.push(one), 'linux')
    const [file] = electron.Menu.setApplicationMenu.mock.lastCall![0] as {
      submenu: { label?: string; submenu?: { label: string; click(): void }[] }[]
    }[]
    const recent = file!.submenu.find(({ label }) => label === 'Open Recent')!.submenu!
    expect(recent.map(({ label }) => label)).toEqual([other])
    recent[0]!.click()
    acceptWorkspaces((one) => opened.push(one))
    electron.ipcMain.emit('splitbench:open-workspace', {}, folder)
    electron.ipcMain.emit('splitbench:open-workspace', {}, here)
    expect(opened).toEqual([other, here])
    electron.dialog.showOpenDialog.mockResolvedValueOnce({ canceled: false, filePaths: [folder] })
    await chooseWorkspace((one) => opened.push(one))
    await chooseWorkspace((one) => opened.push(one))
    expect(opened).toEqual([other, here, folder])
  })

  it('change with a start of their own, after this one has let go of its workspace', async () => {
    const workbench = new Workbench(made('first'), 'window')
    await workbench.client()
    const { quitTo } = guardQuit(workbench)
    quitTo('/second')
    await vi.waitFor(() => expect(electron.app.relaunch).toHaveBeenCalledTimes(1))
    expect(workbench.owner).toBe(false)
    const { args } = electron.app.relaunch.mock.lastCall![0] as { args: string[] }
    expect(args.slice(-2)).toEqual(['--workspace', '/second'])
    expect(args.filter((one) => one === '--workspace')).toHaveLength(1)
  })
})
