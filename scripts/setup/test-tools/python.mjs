// Pythons of their own for reference checks and benchmarks, as virtual environments in the user's cache.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { withLock } from '../lock.mjs'
import { cacheFolder } from '../paths.mjs'
import { pip, pythonWithPip } from '../pip.mjs'
import { run, tailOf } from '../process.mjs'
import {
  completeMark,
  exportersPythonFolder,
  pythonOf,
  testPythonFolder,
  toolEnvironment,
  torchPythonFolder,
} from './tool-paths.mjs'

const timeoutMs = 10 * 60_000

/**
 * numpy, onnx and ONNX Runtime.
 * @returns {Promise<string | undefined>} why there is none, or undefined
 */
export const provideTestPython = () =>
  provide('SPLITBENCH_PYTHON', testPythonFolder, ['numpy>=1.26', 'onnx>=1.17', 'onnxruntime>=1.20'])

/**
 * PyTorch for benchmarks side by side and for the stored references, as published for CPUs.
 * @returns {Promise<string | undefined>} why there is none, or undefined
 */
export const provideTorch = () => provide('SPLITBENCH_TORCH', torchPythonFolder, ['numpy>=1.26', 'torch==2.13.0'])

/**
 * PyTorch with its two ONNX exporters: what a network of somebody else looks like.
 * @returns {Promise<string | undefined>} why there is none, or undefined
 */
export const provideExporters = () =>
  provide('SPLITBENCH_EXPORTERS', exportersPythonFolder, [
    'numpy>=1.26',
    'torch==2.13.0',
    'onnx>=1.17',
    'onnxscript>=0.5',
    'onnxruntime>=1.20',
  ])

/**
 * @param {string} variable
 * @param {string} folder
 * @param {string[]} requirements
 * @returns {Promise<string | undefined>}
 */
async function provide(variable, folder, requirements) {
  const found = await pythonWithPip()
  if (!found) return 'python3 with pip was not found'
  return withLock(basename(folder), async () => {
    if (toolEnvironment()[variable] !== undefined) return undefined
    mkdirSync(cacheFolder, { recursive: true })
    rmSync(folder, { recursive: true, force: true })
    // Without pip inside: Debian's Python lacks the module that would put it there, and the machine's pip serves.
    const created = await run(found.python, ['-m', 'venv', '--without-pip', folder])
    if (created.code !== 0) return `python3 -m venv failed: ${tailOf(created, 1)}`
    const python = pythonOf(folder)
    const wheelsOnly = ['--only-binary=:all:', '--quiet', '--no-warn-script-location']
    const installed = await pip(
      found.python,
      ['--python', python, 'install', ...wheelsOnly, ...requirements],
      timeoutMs,
    )
    if (!installed.ok) return `pip: ${installed.reason}`
    const names = requirements.map((requirement) => /^\w+/.exec(requirement)?.[0])
    const imported = await run(python, ['-c', `import ${names.join(', ')}`])
    if (imported.code !== 0) return `the packages do not load: ${tailOf(imported, 1)}`
    writeFileSync(join(folder, completeMark), `${requirements.join('\n')}\n`)
    return undefined
  })
}
