// Whether the workbench can open in a window of its own: Electron's binary is fetched on first use, where it can be.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { step } from './console.mjs'
import { environment } from './launch.mjs'
import { projectNode, root, stampFolder } from './paths.mjs'
import { run, tailOf } from './process.mjs'

const rememberForMs = 24 * 3600_000
const downloadTimeoutMs = 10 * 60_000
const folder = join(root, 'node_modules', 'electron')
const stamp = join(stampFolder, 'electron-failed')

export function electronBinary() {
  try {
    const path = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/**
 * Why no window can be opened, or undefined where it can; fetches the binary where only that is missing.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>}
 */
export async function whyNoWindow(env = process.env) {
  if (process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display here'
  if (process.platform === 'linux' && process.getuid?.() === 0) return 'Electron refuses to run as root'
  if (electronBinary()) return undefined
  const failed = rememberedFailure()
  if (failed) return failed
  const reason = await download()
  if (reason === undefined) return undefined
  mkdirSync(stampFolder, { recursive: true })
  writeFileSync(stamp, JSON.stringify({ at: Date.now(), reason }))
  return reason
}

function rememberedFailure() {
  try {
    const { at, reason } = JSON.parse(readFileSync(stamp, 'utf8'))
    return Date.now() - at < rememberForMs
      ? `${reason} (tried within the last day; to try again: npx install-electron)`
      : undefined
  } catch {
    return undefined
  }
}

/** @returns {Promise<string | undefined>} why it failed */
async function download() {
  const node = projectNode() ?? process.execPath
  /** @type {string | undefined} */
  let reason
  await step('downloading Electron (about 110 MB, once)', async () => {
    const outcome = await run(node, [join(folder, 'install.js')], {
      cwd: root,
      env: environment(),
      timeoutMs: downloadTimeoutMs,
    })
    if (electronBinary()) return
    const cause = /getaddrinfo \w+ \S+|ECONN\w+[^\n]*|ETIMEDOUT[^\n]*|Response code [^\n]*/.exec(outcome.stderr)?.[0]
    reason = `Electron's binary could not be downloaded (${cause ?? (outcome.timedOut ? 'it took longer than 10 minutes' : tailOf(outcome, 1).trim())})`
    rmSync(join(folder, 'dist'), { recursive: true, force: true })
  })
  return reason
}
