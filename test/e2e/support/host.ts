import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright'
import { _electron } from 'playwright'
import { launchBrowser } from './browser.ts'

export const repository = resolve(import.meta.dirname, '..', '..', '..')

/** A workbench with its page, in either host; the specs do not know which. */
export interface OpenWorkbench {
  page: Page
  /** SIGKILL for the desktop process alone, as a crash. */
  kill(): Promise<void>
  close(): Promise<void>
}

export interface Hosts {
  /** `environment`: what the desktop process has beside this one's, another HOME for example. */
  open(workspace: string, environment?: NodeJS.ProcessEnv): Promise<OpenWorkbench>
  close(): Promise<void>
}

const kind = process.env.SPLITBENCH_E2E_HOST === 'electron' ? 'electron' : 'web'

/** Why the chosen host cannot be run here, or undefined. */
export function hostMissing(): string | undefined {
  if (kind === 'electron')
    return electronBinary() ? undefined : "Electron's binary is not here (to enable: npx install-electron)"
  return process.env.SPLITBENCH_CHROMIUM
    ? undefined
    : (process.env.SPLITBENCH_CHROMIUM_MISSING ?? 'no Chromium (to enable: apt-get install chromium)')
}

function electronBinary(): string | undefined {
  const folder = join(repository, 'node_modules', 'electron')
  try {
    const path = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

export const openHosts = (): Promise<Hosts> => (kind === 'electron' ? electronHosts() : webHosts())

/** `program`: the folder of the built program, this repository unless another copy is meant. */
export async function webHosts(program: string = repository): Promise<Hosts> {
  const browser = await launchBrowser()
  return {
    open: (workspace, environment) => openWeb(browser, program, workspace, environment),
    close: () => browser.close(),
  }
}

async function openWeb(
  browser: Browser,
  program: string,
  workspace: string,
  environment?: NodeJS.ProcessEnv,
): Promise<OpenWorkbench> {
  const server = spawn(
    process.execPath,
    [join(program, 'out', 'main', 'server.js'), '--workspace', workspace, '--port', '0', '--no-open'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...environmentOf(workspace), ...environment } },
  )
  const url = await firstLine(server)
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(url)
  return {
    page,
    kill: () => end(server, 'SIGKILL'),
    async close() {
      await page.close()
      await end(server, 'SIGTERM')
    },
  }
}

async function electronHosts(): Promise<Hosts> {
  const executablePath = electronBinary()
  if (!executablePath) throw new Error(hostMissing())
  return {
    async open(workspace, environment) {
      const app = await _electron.launch({
        executablePath,
        args: ['--no-sandbox', repository, '--workspace', workspace],
        cwd: dirname(workspace),
        env: { ...environmentOf(workspace), ...environment } as Record<string, string>,
      })
      const page = await app.firstWindow()
      return { page, kill: () => end(app.process(), 'SIGKILL'), close: () => app.close() }
    },
    async close() {},
  }
}

/** Settings are the user's: a test has its own. */
const environmentOf = (workspace: string): NodeJS.ProcessEnv => ({
  ...process.env,
  XDG_CONFIG_HOME: join(workspace, '.config'),
})

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = ''
    child.stdout!.on('data', (data) => {
      text += data
      const end = text.indexOf('\n')
      if (end >= 0) done(text.slice(0, end))
    })
    child.once('exit', (code) => fail(new Error(`the desktop process ended with ${code}`)))
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
