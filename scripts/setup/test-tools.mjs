// What only tests need, fetched by the test command. A failure is remembered for an hour, so that a machine without
// network is not asked by every run, unless the part is required.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { note, step } from './console.mjs'
import { cacheFolder } from './paths.mjs'
import { provideChromium } from './test-tools/chromium.mjs'
import { provideExporters, provideTestPython } from './test-tools/python.mjs'
import { provideRaspi3b } from './test-tools/raspi3b.mjs'
import { toolEnvironment } from './test-tools/tool-paths.mjs'
import { provideVirtualPi } from './test-tools/virtual-pi.mjs'

const rememberForMs = 60 * 60_000

/**
 * @typedef {object} Tool
 * @property {string[]} parts what tests name when they need it
 * @property {string} [suite] the one suite that needs it; all do unless given
 * @property {string} variable
 * @property {string} title
 * @property {string} enable what the user can do where it is missing
 * @property {() => Promise<string | undefined>} provide says why there is none
 */

/** @type {Tool[]} */
const tools = [
  {
    parts: ['chromium'],
    variable: 'SPLITBENCH_CHROMIUM',
    title: "Chromium for the report's test, from Debian packages (about 100 MB)",
    enable: 'apt-get install chromium',
    provide: provideChromium,
  },
  {
    parts: ['python'],
    variable: 'SPLITBENCH_PYTHON',
    title: 'numpy, onnx and onnxruntime for reference checks, from pip (about 50 MB)',
    enable: 'apt-get install python3-pip python3-venv, and a network that reaches pip',
    provide: provideTestPython,
  },
  {
    parts: ['exporters'],
    suite: 'exporters',
    variable: 'SPLITBENCH_EXPORTERS',
    title: 'PyTorch with its ONNX exporters, from pip (about 250 MB)',
    enable: 'apt-get install python3-pip python3-venv, and a network that reaches pip',
    provide: provideExporters,
  },
  {
    parts: ['sshd', 'qemu-arm64', 'qemu-armhf', 'serial'],
    variable: 'SPLITBENCH_VIRTUAL_PI',
    title: 'a virtual Raspberry Pi for the tests of devices, from Debian and npm packages (about 350 MB)',
    enable: "Linux 6.7 or newer with user namespaces, apt-get, and a network that reaches Debian's mirror",
    provide: provideVirtualPi,
  },
  {
    parts: ['raspi3b'],
    suite: 'raspi3b',
    variable: 'SPLITBENCH_RASPI3B',
    title: 'an emulated Raspberry Pi 3, from Debian packages (about 120 MB)',
    enable: "Linux 6.7 or newer with user namespaces, apt-get, and a network that reaches Debian's mirror",
    provide: provideRaspi3b,
  },
]

/**
 * Provides what is missing, one after the other.
 * @param {Set<string>} required parts that are tried again whatever happened before
 * @param {string} [suite] the one that is going to run; all unless given
 * @returns {Promise<Record<string, string>>} the variables for the tests: where a tool is, or `<variable>_MISSING`, why not
 */
export async function provideTestTools(required, suite) {
  /** @type {Record<string, string>} */
  const variables = {}
  for (const tool of tools) {
    if (tool.suite !== undefined && tool.suite !== suite) continue
    const reason = await provide(
      tool,
      tool.parts.some((part) => required.has(part)),
    )
    if (reason !== undefined) variables[`${tool.variable}_MISSING`] = `${reason} (to enable: ${tool.enable})`
  }
  return { ...variables, ...toolEnvironment() }
}

/**
 * @param {Tool} tool
 * @param {boolean} required
 */
async function provide(tool, required) {
  if (toolEnvironment()[tool.variable] !== undefined) return undefined
  const record = join(cacheFolder, `no-${tool.parts[0]}.json`)
  const before = readRecord(record)
  if (before !== undefined && !required && Date.now() - before.at < rememberForMs) return before.reason
  const reason = await step(tool.title, tool.provide)
  if (reason === undefined) {
    rmSync(record, { force: true })
    return undefined
  }
  note(reason)
  mkdirSync(cacheFolder, { recursive: true })
  writeFileSync(record, JSON.stringify({ reason, at: Date.now() }))
  return reason
}

/**
 * @param {string} path
 * @returns {{ reason: string, at: number } | undefined}
 */
function readRecord(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
