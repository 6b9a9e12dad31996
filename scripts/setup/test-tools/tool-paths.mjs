// Where test tools lie in the user's cache, and what of them is there. Looked at by every start, so it only looks.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../paths.mjs'

export const chromiumFolder = join(cacheFolder, 'chromium')
export const unpackedChromium = join(chromiumFolder, 'splitbench-chromium')
export const testPythonFolder = join(cacheFolder, 'test-python')
export const testPython = join(testPythonFolder, 'bin', 'python')
/** Written last: a virtual environment without it is half-done. */
export const testPythonMark = join(testPythonFolder, '.complete')

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
  if (existsSync(testPythonMark)) found.SPLITBENCH_PYTHON = testPython
  for (const name of Object.keys(found)) found[name] = process.env[name] ?? found[name]
  return found
}
