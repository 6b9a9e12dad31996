import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed, toGetAgain } from '../../../../system/setUp.ts'
import { errorLine, packageFolder, runInPackage } from '../probe.ts'
import type { ComponentReport } from '../report.ts'

const again = toGetAgain()

export async function node(): Promise<ComponentReport> {
  const { electron, node: version } = process.versions
  const enough = Number.parseInt(version, 10) >= 24
  return {
    name: 'Node',
    status: enough ? 'ok' : 'degraded',
    version,
    origin: electron ? `inside Electron ${electron}` : process.execPath,
    without: 'nothing of Splitbench runs; below Node 24 the tools and the store do not load',
    toGet: `${again}, or Node 24 from nodejs.org`,
  }
}

const tensorflowProgram = `
const util = require('node:util')
util.isNullOrUndefined ??= (value) => value == null
util.isArray ??= Array.isArray
const tf = require('@tensorflow/tfjs-node')
const kernel = tf.ones([3, 3, 2, 2])
const sum = tf.conv2d(tf.ones([1, 4, 4, 2]), kernel, 1, 'valid').sum().dataSync()[0]
if (sum !== 144) throw new Error('a convolution came out as ' + sum + ' instead of 144')
process.stdout.write(tf.backend().binding.TF_Version)
`

/** tfjs-node with its native library: loaded, and asked for one convolution, in a process of its own. */
export async function tensorflow(): Promise<ComponentReport> {
  const lack = {
    name: 'TensorFlow',
    without: 'training and pruning run on the WebAssembly backend, many times slower',
    toGet: installed
      ? 'install the package of Splitbench that has TensorFlow inside'
      : `a network that reaches pip's index, python3 with pip and g++; then ${again}`,
  }
  const folder = packageFolder('@tensorflow/tfjs-node')
  if (folder === undefined) return { ...lack, status: 'missing', detail: 'tfjs-node is not installed' }
  const stamp = readJson(join(folder, '..', '..', '.splitbench', 'tensorflow.json'))
  if (stamp?.state !== 'ready' && !existsSync(join(folder, 'deps', 'lib'))) {
    return { ...lack, status: 'degraded', origin: 'wasm', detail: stamp?.reason ?? 'it has not been set up' }
  }
  const outcome = await runInPackage(folder, tensorflowProgram)
  if (outcome.code !== 0) return { ...lack, status: 'broken', detail: errorLine(outcome) }
  const origin = readJson(join(folder, 'deps', 'provenance.json'))?.origin ?? stamp?.origin ?? 'cdn'
  return { ...lack, status: 'ok', version: outcome.stdout.trim(), origin }
}

const onnxProgram = `
const ort = require('onnxruntime-node')
if (!ort.listSupportedBackends().some(({ name }) => name === 'cpu')) throw new Error('it has no CPU backend')
process.stdout.write(ort.env.versions.node ?? ort.env.versions.common)
`

export async function onnxRuntime(): Promise<ComponentReport> {
  const lack = {
    name: 'ONNX Runtime',
    without: 'no exported head or tail can be checked or timed',
    toGet: again,
  }
  const folder = packageFolder('onnxruntime-node')
  if (folder === undefined) return { ...lack, status: 'missing', detail: 'onnxruntime-node is not installed' }
  const outcome = await runInPackage(folder, onnxProgram)
  if (outcome.code !== 0) return { ...lack, status: 'broken', detail: errorLine(outcome) }
  const off = process.env.ORT_DISABLE_TELEMETRY === '1'
  return {
    ...lack,
    status: 'ok',
    version: outcome.stdout.trim(),
    origin: 'npm',
    detail: off ? 'telemetry off' : 'telemetry is off only where Splitbench starts it: set ORT_DISABLE_TELEMETRY=1',
  }
}

/** Prints how many ports there are, or why they cannot be listed; a binding that does not load makes it fail. */
const serialProgram = `
const { SerialPort } = require('serialport')
SerialPort.list().then((ports) => console.log(ports.length), (error) => console.log(error.message))
`

export async function serial(): Promise<ComponentReport> {
  const lack = { name: 'serialport', without: 'no device can be reached over a serial line', toGet: again }
  const folder = packageFolder('serialport')
  if (folder === undefined) return { ...lack, status: 'missing' }
  const outcome = await runInPackage(folder, serialProgram)
  if (outcome.code !== 0) return { ...lack, status: 'broken', detail: errorLine(outcome) }
  const found = { ...lack, version: readJson(join(folder, 'package.json'))?.version, origin: 'npm' }
  const answer = outcome.stdout.trim()
  if (/^\d+$/.test(answer)) return { ...found, status: 'ok', detail: answer === '1' ? '1 port' : `${answer} ports` }
  return {
    ...found,
    status: 'degraded',
    detail: `ports cannot be listed (${answer})`,
    without: 'a port must be named by its path; it opens all the same',
    toGet: 'apt-get install udev',
  }
}

function readJson(path: string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
