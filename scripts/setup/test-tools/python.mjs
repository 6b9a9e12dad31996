// A Python of its own for reference checks: numpy, onnx and ONNX Runtime in a virtual environment in the user's cache.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { withLock } from '../lock.mjs'
import { cacheFolder } from '../paths.mjs'
import { pip, pythonWithPip } from '../pip.mjs'
import { run, tailOf } from '../process.mjs'
import { testPython, testPythonFolder, testPythonMark, toolEnvironment } from './tool-paths.mjs'

const requirements = ['numpy>=1.26', 'onnx>=1.17', 'onnxruntime>=1.20']
const timeoutMs = 10 * 60_000

/** @returns {Promise<string | undefined>} why there is none, or undefined */
export async function provideTestPython() {
  const found = await pythonWithPip()
  if (!found) return 'python3 with pip was not found'
  return withLock('test-python', async () => {
    if (toolEnvironment().SPLITBENCH_PYTHON !== undefined) return undefined
    mkdirSync(cacheFolder, { recursive: true })
    rmSync(testPythonFolder, { recursive: true, force: true })
    // Without pip inside: Debian's Python lacks the module that would put it there, and the machine's pip serves.
    const created = await run(found.python, ['-m', 'venv', '--without-pip', testPythonFolder])
    if (created.code !== 0) return `python3 -m venv failed: ${tailOf(created, 1)}`
    const wheelsOnly = ['--only-binary=:all:', '--quiet', '--no-warn-script-location']
    const installed = await pip(
      found.python,
      ['--python', testPython, 'install', ...wheelsOnly, ...requirements],
      timeoutMs,
    )
    if (!installed.ok) return `pip: ${installed.reason}`
    const imported = await run(testPython, ['-c', 'import numpy, onnx, onnxruntime'])
    if (imported.code !== 0) return `the packages do not load: ${tailOf(imported, 1)}`
    writeFileSync(testPythonMark, `${requirements.join('\n')}\n`)
    return undefined
  })
}
