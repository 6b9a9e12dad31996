import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '..', '..')
const built = join(repository, 'out', 'main', 'cli.js')

/** The command line as a user has it: the bundle where it is built (npm test builds first), else the source. */
const entry = existsSync(built) ? built : join(repository, 'src', 'main', 'cli', 'index.ts')

export interface Finished {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface StartOptions {
  cwd: string
  env?: Record<string, string>
  /** Runs the command line through this prefix, e.g. ["bash", "-c", "ulimit …; exec \"$@\"", "-"]. */
  through?: readonly string[]
  /** Whether somebody types: without it there is no standard input. */
  typed?: boolean
}

/** Starts `splitbench …` in a process group of its own, so that a kill of the group takes its children with it. */
export function startCli(
  args: readonly string[],
  { cwd, env = {}, through = [], typed = false }: StartOptions,
): { child: ChildProcess; finished: Promise<Finished> } {
  const [command, ...rest] = [...through, process.execPath, '--disable-warning=ExperimentalWarning', entry, ...args]
  const child = spawn(command!, rest, {
    cwd,
    detached: true,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', TF_CPP_MIN_LOG_LEVEL: '2', ...env },
    stdio: [typed ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const finished = new Promise<Finished>((done, fail) => {
    child.once('error', fail)
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }))
  })
  return { child, finished }
}

export const runCli = (args: readonly string[], options: StartOptions): Promise<Finished> =>
  startCli(args, options).finished
