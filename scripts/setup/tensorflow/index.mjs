// TensorFlow for tfjs-node: the user's cache, else tfjs-node's CDN, else the pip wheel, else said loudly and the slower
// pure-npm backend.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { note, step, warn } from '../console.mjs'
import { withLock } from '../lock.mjs'
import { projectNode, stampFolder, tfjsNodeFolder } from '../paths.mjs'
import { run, tailOf } from '../process.mjs'
import { addonName, addonReady, compileAddon, whyNoCompiler } from './addon.mjs'
import { installFromCdn } from './cdn.mjs'
import { addonFolder, cdnVersion, librariesFolder, napiVersion, removeLeftovers, wheel } from './versions.mjs'
import { fetchWheel, whyNoWheel } from './wheel.mjs'

/** @typedef {{ state: 'ready' | 'wasm', version?: string, origin?: string, reason?: string, addonBytes?: number }} Stamp */

const stampPath = join(stampFolder, 'tensorflow.json')
const installedAddon = join(tfjsNodeFolder, 'lib', `napi-v${napiVersion}`, addonName)

const loadProgram = `
const util = require('node:util')
util.isNullOrUndefined ??= (value) => value == null
util.isArray ??= Array.isArray
const tf = require('@tensorflow/tfjs-node')
const sum = tf.matMul(tf.ones([3, 4]), tf.ones([4, 2])).sum().dataSync()[0]
if (sum !== 24) throw new Error('a matrix product came out as ' + sum + ' instead of 24')
process.stdout.write(tf.backend().binding.TF_Version)
`

/** @returns {Stamp | undefined} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {Stamp} stamp */
function writeStamp(stamp) {
  mkdirSync(stampFolder, { recursive: true })
  writeFileSync(`${stampPath}.${process.pid}`, `${JSON.stringify(stamp, null, 2)}\n`)
  renameSync(`${stampPath}.${process.pid}`, stampPath)
}

/**
 * Whether an earlier set-up came to an end and what it put in place is still there. A missing TensorFlow counts as an
 * end too, so that a machine without network is not asked again by every command; `retry` asks again.
 * @param {{ retry: boolean }} options
 */
export function tensorflowReady({ retry }) {
  const stamp = readStamp()
  if (stamp === undefined) return false
  if (stamp.state === 'wasm') return !retry
  try {
    return statSync(installedAddon).size === stamp.addonBytes && existsSync(join(tfjsNodeFolder, 'deps', 'lib'))
  } catch {
    return false
  }
}

export async function setUpTensorflow() {
  const stamp = await withLock('tensorflow', provide)
  writeStamp(stamp)
  if (stamp.state === 'ready') note(`TensorFlow ${stamp.version} (${stamp.origin})`)
  else warn(`TensorFlow could not be set up: ${stamp.reason}.`)
}

/** Said by every command as long as it is so. */
export function warnWithoutTensorflow() {
  if (readStamp()?.state !== 'wasm') return
  warn('TensorFlow is not set up: training runs on the WebAssembly backend, many times slower.')
  warn('`npm run doctor` tries again and says what is missing.')
}

/** @returns {Promise<Stamp>} */
async function provide() {
  /** @type {string[]} */
  const reasons = []
  removeLeftovers()
  for (const version of [wheel.version, cdnVersion]) {
    if (existsSync(join(librariesFolder(version), 'provenance.json')) && addonReady(version)) {
      const stamp = await step(`TensorFlow ${version}, from the user's cache`, () => putInPlace(version))
      if (stamp.state === 'ready') return stamp
      reasons.push(`cache: ${stamp.reason}`)
      rmSync(librariesFolder(version), { recursive: true, force: true })
      rmSync(addonFolder(version), { recursive: true, force: true })
    }
  }
  const cdn = await step(`TensorFlow ${cdnVersion}, from tfjs-node's CDN`, installFromCdn)
  if (cdn.ok) {
    const stamp = await putInPlace(cdnVersion)
    if (stamp.state === 'ready') return stamp
    reasons.push(`CDN: ${stamp.reason}`)
  } else {
    note(cdn.reason)
    reasons.push(`CDN: ${cdn.reason}`)
  }
  const stamp = await fromWheel()
  if (stamp.state === 'ready') return stamp
  reasons.push(`pip wheel: ${stamp.reason}`)
  return { state: 'wasm', reason: reasons.join('; ').replace(/\s+/g, ' ') }
}

/** @returns {Promise<Stamp>} */
async function fromWheel() {
  const why = whyNoWheel() ?? (addonReady(wheel.version) ? undefined : whyNoCompiler())
  if (why !== undefined) return { state: 'wasm', reason: why }
  if (!existsSync(join(librariesFolder(wheel.version), 'provenance.json'))) {
    const fetched = await step(
      `TensorFlow ${wheel.version}, from the pip wheel (${wheel.megabytes} MB download, 850 MB unpacked)`,
      fetchWheel,
    )
    if (!fetched.ok) return { state: 'wasm', reason: fetched.reason }
  }
  if (!addonReady(wheel.version)) {
    const compiled = await step("tfjs-node's addon, compiled here (about 10 s)", () => compileAddon(wheel.version))
    if (!compiled.ok) return { state: 'wasm', reason: compiled.reason }
  }
  return putInPlace(wheel.version)
}

/**
 * Links the cached libraries under tfjs-node, copies the addon and loads it once in a process of its own.
 * @param {string} version
 * @returns {Promise<Stamp>}
 */
async function putInPlace(version) {
  if (process.platform !== 'win32') {
    const deps = join(tfjsNodeFolder, 'deps')
    rmSync(deps, { recursive: true, force: true })
    symlinkSync(librariesFolder(version), deps, 'dir')
    mkdirSync(join(installedAddon, '..'), { recursive: true })
    rmSync(installedAddon, { force: true }) // a process that has the old file loaded keeps it
    cpSync(join(addonFolder(version), addonName), installedAddon)
  }
  const node = projectNode() ?? process.execPath
  const outcome = await run(node, ['--no-deprecation', '-e', loadProgram], {
    cwd: tfjsNodeFolder,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    timeoutMs: 120_000,
  })
  if (outcome.code !== 0) return { state: 'wasm', reason: `it did not load: ${tailOf(outcome, 2)}` }
  const { origin } = provenanceOf(version)
  return { state: 'ready', version: outcome.stdout.trim(), origin, addonBytes: statSync(installedAddon).size }
}

/** @param {string} version */
function provenanceOf(version) {
  try {
    return JSON.parse(readFileSync(join(librariesFolder(version), 'provenance.json'), 'utf8'))
  } catch {
    return { origin: 'cdn' }
  }
}
