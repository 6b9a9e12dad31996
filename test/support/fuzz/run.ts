import { type ChildProcess, fork } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { random } from '#common/random.ts'
import { saveModel } from '../../../src/main/trainer/model/store.ts'
import { importFixtures } from '../importing.ts'
import { randomModel } from '../randomModel.ts'
import { smallBranches } from './branches.ts'
import { mutateBytes, mutateJson, mutateOnnx } from './mutate.ts'

export interface FuzzCase {
  kind: 'onnx' | 'folder'
  path: string
  /** Where an import would go. */
  out: string
}

export interface Outcome {
  /** `fine`, or the code of the error. */
  code: string
  message: string
  /** Most memory that the process has had so far, in MB. */
  peakMb?: number
}

export interface FuzzReport {
  cases: number
  /** How many ended with each code. */
  outcomes: Record<string, number>
  /** What must not be: crash, hang, stack trace, internal error, half-written folder. One line each, with the seed. */
  failures: string[]
  peakMb: number
}

/** A process with so much memory for JavaScript, and so long for one file. */
const heapMb = 256
const caseMs = 20_000

/**
 * Reads `count` damaged files (ONNX, weights, network.json in turn) of a seed. Case n depends on the seed and n only: a
 * failure is repeated with them.
 */
export async function fuzz(seed: number, count: number, until = Number.POSITIVE_INFINITY): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-fuzz-'))
  const report: FuzzReport = { cases: 0, outcomes: {}, failures: [], peakMb: 0 }
  let child: ChildProcess | undefined
  try {
    const model = join(folder, 'model')
    await saveModel(model, randomModel(smallBranches, 1))
    for (let number = 0; number < count && Date.now() < until; number++) {
      const one = damagedFile(folder, model, seed, number)
      child ??= await start()
      const outcome = await ask(child, one)
      report.cases += 1
      report.outcomes[outcome.code] = (report.outcomes[outcome.code] ?? 0) + 1
      report.peakMb = Math.max(report.peakMb, outcome.peakMb ?? 0)
      if (outcome.peakMb === undefined) child = undefined
      const wrong = whatIsWrong(outcome)
      if (wrong) report.failures.push(`seed ${seed}, case ${number} (${one.kind}): ${wrong}: ${outcome.message}`)
    }
    return report
  } finally {
    child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Damage that is found says what; damage that changes nothing of the meaning is fine. */
function whatIsWrong({ code, message }: Outcome): string | undefined {
  if (code === 'fine') return undefined
  if (!['bad-network', 'bad-data', 'check-failed'].includes(code)) return `not a clear message (${code})`
  if (message.includes('\n')) return 'more than one line'
  if (message.length < 20 || message.length > 8000) return `a message of ${message.length} characters`
  if (message.includes('left behind')) return 'a folder that is not whole'
  return undefined
}

const onnxFiles = readdirSync(importFixtures).filter((name) => name.endsWith('.onnx') && name !== 'resnet.dynamo.onnx')

function damagedFile(folder: string, model: string, seed: number, number: number): FuzzCase {
  const rng = random(seed, 'fuzz', String(number))
  const out = join(folder, 'out')
  if (number % 3 < 2) {
    const original = readFileSync(join(importFixtures, onnxFiles[rng.below(onnxFiles.length)]!))
    const path = join(folder, 'damaged.onnx')
    writeFileSync(path, number % 3 === 0 ? mutateOnnx(original, rng) : mutateBytes(original, rng))
    return { kind: 'onnx', path, out }
  }
  const damaged = join(folder, 'damaged')
  rmSync(damaged, { recursive: true, force: true })
  mkdirSync(damaged)
  for (const name of readdirSync(model)) copyFileSync(join(model, name), join(damaged, name))
  const [graph, weights] = [join(damaged, 'network.json'), join(damaged, 'weights.safetensors')]
  const json = readFileSync(graph, 'utf8')
  if (rng.below(3) === 0) writeFileSync(graph, mutateJson(json, rng))
  else if (rng.below(4) === 0) writeFileSync(graph, mutateBytes(new TextEncoder().encode(json), rng))
  else writeFileSync(weights, damagedWeights(readFileSync(weights), rng))
  return { kind: 'folder', path: damaged, out }
}

/** Header (JSON) and bytes are damaged apart, so that damage reaches behind the header's own checks. */
function damagedWeights(bytes: Uint8Array, rng: ReturnType<typeof random>): Uint8Array {
  if (rng.below(2) === 0) return mutateBytes(bytes, rng)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const header = mutateJson(new TextDecoder().decode(bytes.subarray(8, 8 + length)), rng)
  const encoded = new TextEncoder().encode(header)
  const whole = new Uint8Array(8 + encoded.length + bytes.length - 8 - length)
  new DataView(whole.buffer).setUint32(0, encoded.length, true)
  whole.set(encoded, 8)
  whole.set(bytes.subarray(8 + length), 8 + encoded.length)
  return whole
}

function start(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [], {
    execArgv: [`--max-old-space-size=${heapMb}`, '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child))
    child.once('exit', () => reject(new Error('the process for damaged files does not start')))
  })
}

/** Sends a file; a process that dies or takes too long is an outcome too. */
function ask(child: ChildProcess, one: FuzzCase): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer)
      child.removeAllListeners('message')
      child.removeAllListeners('exit')
      resolve(outcome)
    }
    const timer = setTimeout(() => {
      finish({ code: 'hang', message: `no answer in ${caseMs / 1000} s` })
      child.kill('SIGKILL')
    }, caseMs)
    child.once('message', (outcome) => finish(outcome as Outcome))
    child.once('exit', (code, signal) => finish({ code: 'crash', message: `the process ended (${signal ?? code})` }))
    child.send(one)
  })
}
