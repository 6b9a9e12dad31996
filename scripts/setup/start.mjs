// `npm start`: the workbench in a window where there can be one, else in the browser; says which and why.
import { join } from 'node:path'
import { say } from './console.mjs'
import { whyNoWindow } from './electron.mjs'
import { callersFolder } from './launch.mjs'
import { root } from './paths.mjs'

/**
 * @param {string[]} args `--web` prefers the browser; the rest goes to the host (`--workspace`, and for the browser
 * `--host`, `--port`, `--no-open`)
 * @returns {Promise<string[][]>}
 */
export async function startLines(args) {
  const rest = args.filter((arg) => arg !== '--web')
  const webOnly = rest.some((arg) => /^--(host|port|no-open)\b/.test(arg))
  const reason = rest.length < args.length || webOnly ? 'asked for' : await whyNoWindow()
  if (reason === undefined) {
    say('Opening the workbench in its window (Electron).')
    const workspace = rest.includes('--workspace') ? [] : ['--workspace', callersFolder()]
    return [[join(root, 'node_modules', 'electron', 'cli.js'), root, ...workspace, ...rest]]
  }
  say(`Opening the workbench in the browser, through the local web host: ${reason}.`)
  return [[join(root, 'out', 'main', 'server.js'), ...rest]]
}
