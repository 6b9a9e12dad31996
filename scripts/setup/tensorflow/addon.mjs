// tfjs-node's addon, compiled against the libraries in the cache. It uses Node-API only, whose headers come from npm
// (node-api-headers), so that it needs a C++ compiler and neither Node's headers, make nor node-gyp, and serves every
// Node version.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, tfjsNodeFolder } from '../paths.mjs'
import { run, tailOf, which } from '../process.mjs'
import { addonFolder, librariesFolder, napiVersion, temporaryFolder } from './versions.mjs'

export const addonName = 'tfjs_binding.node'

const compiler = () => process.env.CXX ?? ['g++', 'clang++', 'c++'].find((name) => which(name) !== undefined)

/** Why nothing can be compiled here, or undefined. */
export const whyNoCompiler = () => (compiler() === undefined ? 'no C++ compiler (g++ or clang++) was found' : undefined)

/**
 * @param {string} version TensorFlow's
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function compileAddon(version) {
  const program = compiler()
  if (program === undefined) return { ok: false, reason: String(whyNoCompiler()) }
  const libraries = librariesFolder(version)
  const target = addonFolder(version)
  const temporary = temporaryFolder('addon')
  try {
    const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjsNodeFolder, 'binding', name))
    const flags = ['-std=c++17', '-O2', '-fPIC', '-pthread', `-DNAPI_VERSION=${napiVersion}`]
    const headers = [
      `-I${join(root, 'node_modules', 'node-api-headers', 'include')}`,
      `-I${join(libraries, 'include')}`,
    ]
    const objects = await Promise.all(
      sources.map(async (source, index) => {
        const object = join(temporary, `${index}.o`)
        return { object, outcome: await run(program, [...flags, ...headers, '-c', source, '-o', object]) }
      }),
    )
    const failed = objects.find(({ outcome }) => outcome.code !== 0)
    if (failed) return { ok: false, reason: `the addon did not compile: ${tailOf(failed.outcome, 3)}` }
    const linked = await run(program, [
      '-shared',
      '-pthread',
      ...objects.map(({ object }) => object),
      `-L${join(libraries, 'lib')}`,
      '-ltensorflow',
      '-ltensorflow_framework',
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
      ...['-o', join(temporary, addonName)],
    ])
    if (linked.code !== 0) return { ok: false, reason: `the addon did not link: ${tailOf(linked, 3)}` }
    for (const { object } of objects) rmSync(object)
    rmSync(target, { recursive: true, force: true })
    renameSync(temporary, target)
    return { ok: true }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** @param {string} version */
export const addonReady = (version) => existsSync(join(addonFolder(version), addonName))
