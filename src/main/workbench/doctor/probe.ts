import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

const timeoutMs = 60_000

export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/**
 * Runs a program to its end, never throws; a program that cannot be started is code 127, one that takes longer than a
 * minute is killed and is code 124.
 */
export function runProgram(program: string, args: string[], options: { cwd?: string } = {}): Promise<Outcome> {
  return new Promise((done) => {
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '2', ORT_DISABLE_TELEMETRY: '1' }
    execFile(program, args, { ...options, env, timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (!error) return done({ code: 0, stdout, stderr })
      if (error.killed) return done({ code: 124, stdout, stderr: `${stderr}\nit took longer than a minute` })
      if (typeof error.code === 'number') return done({ code: error.code, stdout, stderr })
      const died = error.signal ? `it died of ${error.signal}` : error.message
      done({ code: 127, stdout, stderr: `${stderr}\n${died}` })
    })
  })
}

/** The last line of what a failed program said. */
export const lastLine = ({ stdout, stderr }: Outcome): string =>
  (stderr.trim() || stdout.trim()).split('\n').at(-1)?.trim() || 'it said nothing'

/** The first line of a failed Node program's error, which its stack trace follows. */
export function errorLine(outcome: Outcome): string {
  const line = outcome.stderr.split('\n').find((text) => /^\w*Error\b.*: /.test(text))
  return line ?? lastLine(outcome)
}

/** The full path of a program on the PATH or in the folders where servers live, or undefined. */
export function findProgram(...names: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const name of names) {
    for (const folder of folders) {
      for (const extension of extensions) {
        const path = join(folder, name + extension)
        if (folder !== '' && isExecutable(path)) return path
      }
    }
  }
  return undefined
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const resolver = createRequire(import.meta.url)

/** The folder of an installed npm package, or undefined. */
export function packageFolder(name: string): string | undefined {
  try {
    return dirname(resolver.resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}

/**
 * Runs CommonJS source in a Node process of its own inside a package's folder, so that a native library that crashes
 * takes nothing else down.
 */
export const runInPackage = (folder: string, source: string): Promise<Outcome> =>
  runProgram(process.execPath, ['--no-deprecation', '-e', source], { cwd: folder })

/** Extracts `1.2.3` or `1.2` from a program's version line. */
export const versionIn = (text: string): string | undefined => /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0]
