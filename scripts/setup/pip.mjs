// pip, with the indexes that this machine has been given. Where the main index cannot be reached, every package costs
// a minute of retries, so extra indexes that lie on the machine itself (file:) are asked first and alone.
import { run, tailOf, which } from './process.mjs'

/** @typedef {{ python: string, version: string }} Python */

/** @type {Promise<Python | undefined> | undefined} */
let found

/**
 * The first Python 3 that has pip.
 * @returns {Promise<Python | undefined>}
 */
export function pythonWithPip() {
  found ??= findPython()
  return found
}

async function findPython() {
  const names = [which('python3'), '/usr/bin/python3', which('python')]
  for (const python of new Set(names)) {
    if (python === undefined) continue
    const outcome = await run(python, ['-m', 'pip', '--version'], { timeoutMs: 20_000 })
    const version = /\(python (3\.\d+)\)/.exec(outcome.stdout)?.[1]
    if (outcome.code === 0 && version !== undefined) return { python, version }
  }
  return undefined
}

/**
 * Runs `pip <args>`: first with the machine's own indexes, then as pip is configured.
 * @param {string} python
 * @param {string[]} args
 * @param {number} timeoutMs
 * @returns {Promise<{ ok: boolean, from: string, reason: string }>}
 */
export async function pip(python, args, timeoutMs) {
  const local = await localIndexes(python)
  let reason = ''
  if (local.length > 0) {
    const [first, ...rest] = local
    const indexes = ['--index-url', first, ...rest.flatMap((url) => ['--extra-index-url', url])]
    const outcome = await run(python, ['-m', 'pip', ...args, ...indexes], { timeoutMs })
    if (outcome.code === 0) return { ok: true, from: `pip, ${first}`, reason: '' }
    reason = tailOf(outcome, 2)
  }
  const outcome = await run(python, ['-m', 'pip', ...args], { timeoutMs })
  if (outcome.code === 0) return { ok: true, from: "pip's configured index", reason: '' }
  return { ok: false, from: '', reason: outcome.timedOut ? 'pip took too long' : tailOf(outcome, 2) || reason }
}

/** @param {string} python */
async function localIndexes(python) {
  const outcome = await run(python, ['-m', 'pip', 'config', 'list'], { timeoutMs: 20_000 })
  const values = [...outcome.stdout.matchAll(/^\S*\.(?:extra-)?index-url='(.*)'$/gm)].map((match) => match[1])
  return [...new Set(values.flatMap((value) => value.split(/(?:\s|\\n)+/)))].filter((url) => url.startsWith('file:'))
}
