// tfjs-node's own way: its install script downloads libtensorflow and a prebuilt addon. Tried first wherever the
// address answers within seconds.
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { tfjsNodeFolder } from '../paths.mjs'
import { run, tailOf } from '../process.mjs'
import { addonName } from './addon.mjs'
import { addonFolder, cdnVersion, librariesFolder, napiVersion, temporaryFolder } from './versions.mjs'

const answerWithinMs = 4_000
const installTimeoutMs = 15 * 60_000

const storage = () => process.env.TFJS_NODE_CDN_STORAGE ?? process.env.CDN_STORAGE ?? 'https://storage.googleapis.com/'

/** Whether the CDN answers at all. Behind a proxy only the script itself, which knows proxies, can tell. */
async function answers() {
  if (process.env.HTTPS_PROXY ?? process.env.https_proxy) return true
  try {
    await fetch(storage(), { method: 'HEAD', signal: AbortSignal.timeout(answerWithinMs) })
    return true
  } catch {
    return false
  }
}

/**
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function installFromCdn() {
  if (!(await answers())) return { ok: false, reason: `${new URL(storage()).host} cannot be reached` }
  rmSync(join(tfjsNodeFolder, 'deps'), { recursive: true, force: true })
  rmSync(join(tfjsNodeFolder, 'lib'), { recursive: true, force: true })
  const outcome = await run(process.execPath, [join('scripts', 'install.js')], {
    cwd: tfjsNodeFolder,
    env: { ...process.env, PATH: pathWithNodePreGyp() },
    timeoutMs: installTimeoutMs,
  })
  const addon = join(tfjsNodeFolder, 'lib', `napi-v${napiVersion}`, addonName)
  if (outcome.code !== 0 || !existsSync(addon)) {
    rmSync(join(tfjsNodeFolder, 'deps'), { recursive: true, force: true })
    rmSync(join(tfjsNodeFolder, 'lib'), { recursive: true, force: true })
    return { ok: false, reason: outcome.timedOut ? 'its download took too long' : tailOf(outcome, 2) }
  }
  moveToCache()
  return { ok: true }
}

/** Libraries and addon go to the user's cache like those of the wheel. Windows keeps its DLLs beside the addon. */
function moveToCache() {
  if (process.platform === 'win32') return
  const libraries = temporaryFolder('cdn-libraries')
  cpSync(join(tfjsNodeFolder, 'deps'), libraries, { recursive: true, verbatimSymlinks: true })
  const provenance = { version: cdnVersion, origin: 'cdn', from: storage() }
  writeFileSync(join(libraries, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`)
  const addon = temporaryFolder('cdn-addon')
  cpSync(join(tfjsNodeFolder, 'lib', `napi-v${napiVersion}`, addonName), join(addon, addonName))
  replace(libraries, librariesFolder(cdnVersion))
  replace(addon, addonFolder(cdnVersion))
}

/**
 * @param {string} source
 * @param {string} target
 */
function replace(source, target) {
  rmSync(target, { recursive: true, force: true })
  renameSync(source, target)
}

/** The install script calls `node-pre-gyp` by name; npm would have put it on the path. */
function pathWithNodePreGyp() {
  const nodePreGyp = createRequire(join(tfjsNodeFolder, 'package.json')).resolve('@mapbox/node-pre-gyp/package.json')
  const folders = [join(tfjsNodeFolder, 'node_modules', '.bin'), join(dirname(nodePreGyp), '..', '..', '.bin')]
  return [...folders, dirname(process.execPath), process.env.PATH].join(process.platform === 'win32' ? ';' : ':')
}
