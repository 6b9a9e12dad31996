// Child processes of set-up: output is kept, not shown; a failure shows its last lines.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** @typedef {{ code: number, stdout: string, stderr: string, timedOut: boolean }} Outcome */

/**
 * Runs a program to its end. Never throws: a program that cannot be started is code 127.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, input?: string }} [options]
 * @returns {Promise<Outcome>}
 */
export function run(program, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && /\.(cmd|bat)$/i.test(program),
    })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            child.kill('SIGKILL')
          }, options.timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.stdin.on('error', () => {}) // a child that ends before it has read its input is no failure of ours
    child.stdin.end(options.input ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      done({ code: 127, stdout, stderr: `${stderr}${error.message}`, timedOut })
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      done({ code: code ?? (signal === 'SIGINT' ? 130 : 1), stdout, stderr, timedOut })
    })
  })
}

/**
 * The last lines of a failed program's output, for a message: without colours and stack traces.
 * @param {Outcome} outcome
 * @param {number} [lines]
 */
export function tailOf(outcome, lines = 6) {
  const text = stripVTControlCharacters(outcome.stderr.trim() || outcome.stdout.trim())
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^ {4,}at /.test(line))
    .slice(-lines)
    .join('\n    ')
}

/**
 * The full path of a program, or undefined.
 * @param {string} name
 */
export function which(name) {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : ['']
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const extension of extensions) {
      const path = join(folder, name + extension)
      if (folder !== '' && existsSync(path)) return path
    }
  }
  return undefined
}

/**
 * How to call npm: through the running Node where npm's script is known, so that it works without a shell.
 * @returns {{ program: string, args: string[] } | undefined}
 */
export function npm() {
  const script = process.env.npm_execpath
  if (script && /npm-cli\.js$/.test(script) && existsSync(script)) return { program: process.execPath, args: [script] }
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')
  if (existsSync(beside)) return { program: process.execPath, args: [beside] }
  const found = which('npm')
  return found ? { program: found, args: [] } : undefined
}
