/**
 * What the agent costs: a head of some 5 ms timed by the agent, by a bare loop over the same ONNX Runtime in Node, and by
 * one in Python. Same file, one thread, spinning as ONNX Runtime has it by default; blocks in turns, in an order drawn
 * anew for each turn, and the ratios are those of neighbouring blocks. Rows of other benches are appended.
 *
 *   npm run bench:device -- [--json] [--blocks 24] [--seconds 0.4] [--only head]
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { checkTensors } from '#common/contract/inference.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { blockInterval } from '#common/measurement/interval.ts'
import { median, standardDeviation } from '#common/measurement/statistics.ts'
import { orderOfRound } from '#common/measurement/timingLoop.ts'
import { localTransport } from '../src/main/workbench/devices/childTransport.ts'
import { connectDevice } from '../src/main/workbench/devices/device.ts'
import { createSession, runSession } from '../src/system/onnxruntime.ts'
import { writeNetworkCandidate } from '../test/support/networkCandidate.ts'
import { randomModel, smallVgg } from '../test/support/randomModel.ts'

interface Row {
  name: string
  median: number | null
  spread: number | null
  ratioDefault: number | null
  ratioBest: number | null
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    blocks: { type: 'string', default: '24' },
    seconds: { type: 'string', default: '0.4' },
    only: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
const count = Number(values.blocks)

const rows = await headRows()
/** Landed apart from this file: each exports a function that gives rows of the same form. */
const others = { 'upload.ts': 'uploadRows', 'serialLine.ts': 'serialRows' }
for (const [file, name] of Object.entries(others)) {
  const path = join(import.meta.dirname, file)
  if (values.only === 'head' || !existsSync(path)) continue
  const bench = (await import(path)) as Record<string, () => Promise<Row[]>>
  rows.push(...(await bench[name]!()))
}
if (values.json) console.log(JSON.stringify({ rows }))
else console.table(rows)
process.exit()

async function headRows(): Promise<Row[]> {
  const never = new AbortController().signal
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-bench-'))
  const model = randomModel(smallVgg(0.75), 1)
  const { head, check, split } = await writeNetworkCandidate(folder, model, 'pool5', 'uint8', 1)
  /** One block: the median of its runs, in ms. */
  const contestants: Record<string, () => Promise<number>> = {}

  const device = await connectDevice(localTransport(join(folder, 'store')))
  const hashes = await device.pushFiles([head, check], () => {}, never)
  const deployed = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
  contestants.agent = async () =>
    median((await device.time(deployed, { seconds, minIterations: 10 }, () => {}, never)).modelMs)

  const session = await createSession(head, { threads: 1, optimisation: 'on' })
  const image = decodeSafetensors(await readFile(check))
    .tensors.get(checkTensors.images)!
    .data.slice(0, 3 * 32 * 32) as Uint8Array
  const bareName = 'bare Node loop'
  contestants[bareName] = async () => {
    const samples: number[] = []
    for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
      const start = performance.now()
      await runSession(session, image, [1, 3, 32, 32])
      samples.push(performance.now() - start)
    }
    return median(samples)
  }

  const python = await pythonLoop(head, image)
  if (python) contestants[python.name] = python.run
  else console.error('No Python loop: SPLITBENCH_PYTHON is not set (npm run bench:device sets it up).')

  const names = Object.keys(contestants)
  const blocks: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (const run of Object.values(contestants)) await run()
  for (let block = 0; block < count; block++) {
    for (const index of orderOfRound(1, block, names.length)) {
      blocks[names[index]!]!.push(await contestants[names[index]!]!())
    }
  }
  python?.end()
  await device.close()
  await session.session.release()
  await rm(folder, { recursive: true })

  const ratiosTo = (name: string, reference: string | undefined): number[] | null =>
    reference === undefined ? null : blocks[name]!.map((ms, block) => ms / blocks[reference]![block]!)
  const say = (text: string, name: string, reference: string | undefined, limit: number): void => {
    const ratios = ratiosTo(name, reference)
    if (!ratios) return
    const middle = median(ratios)
    const [low, high] = blockInterval(ratios, middle)
    const percent = (value: number): string => `${value >= 1 ? '+' : '−'}${Math.abs(100 * (value - 1)).toFixed(2)} %`
    const holds = Math.abs(middle - 1) <= limit || middle < 1 ? 'holds' : 'does NOT hold'
    console.error(
      `${text}: ${percent(middle)} (95 % CI ${percent(low)} to ${percent(high)}); ≤ ${limit * 100} % ${holds}`,
    )
  }
  say(`agent against the ${bareName}`, 'agent', bareName, 0.03)
  say('agent against Python', 'agent', python?.name, 0.03)
  const load = loadavg()[0]!
  if (load > 1.5) console.error(`Load ${load.toFixed(1)}: other work disturbs these figures.`)
  return names.map((name) => {
    const ratio = (reference: string | undefined): number | null => {
      const ratios = ratiosTo(name, reference)
      return ratios && median(ratios)
    }
    return {
      name: `5 ms head: ${name}, ms`,
      median: median(blocks[name]!),
      spread: standardDeviation(blocks[name]!),
      /** Against the plain Python loop. */
      ratioDefault: ratio(python?.name),
      /** Against the leanest loop there is over the same library. */
      ratioBest: ratio(bareName),
    }
  })
}

async function pythonLoop(head: string, image: Uint8Array) {
  const python = process.env.SPLITBENCH_PYTHON
  if (!python) return undefined
  const script = `
import sys, time, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])
image = numpy.frombuffer(bytes.fromhex(sys.argv[2]), numpy.uint8).reshape(1, 3, 32, 32)
print(onnxruntime.__version__, flush=True)
for line in sys.stdin:
    samples, end = [], time.perf_counter() + float(line)
    while time.perf_counter() < end:
        start = time.perf_counter()
        session.run(None, {'image': image})
        samples.append(1e3 * (time.perf_counter() - start))
    print(numpy.median(samples), flush=True)
`
  const child = spawn(python, ['-c', script, head, Buffer.from(image).toString('hex')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const version = (await lines.next()).value
  return {
    name: `Python loop (onnxruntime ${version})`,
    async run(): Promise<number> {
      child.stdin.write(`${seconds}\n`)
      return Number((await lines.next()).value)
    },
    end: () => child.stdin.end(),
  }
}
