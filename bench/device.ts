/**
 * What the agent costs: a head of some 5 ms timed by the agent, by a bare loop over the same ONNX Runtime in Node, and by
 * one in Python (where SPLITBENCH_PYTHON has onnxruntime). Same file, one thread, interleaved blocks.
 *
 *   node bench/device.ts [--json] [--blocks 10] [--seconds 1]
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { checkTensors } from '#common/contract/inference.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { median, standardDeviation } from '#common/measurement/statistics.ts'
import { localTransport } from '../src/main/workbench/devices/childTransport.ts'
import { connectDevice } from '../src/main/workbench/devices/device.ts'
import { createSession, runSession } from '../src/system/onnxruntime.ts'
import { writeNetworkCandidate } from '../test/support/networkCandidate.ts'
import { randomModel, smallVgg } from '../test/support/randomModel.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    blocks: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '1' },
  },
})
const seconds = Number(values.seconds)
const never = new AbortController().signal
const folder = await mkdtemp(join(tmpdir(), 'splitbench-bench-'))
const { head, check, split } = await writeNetworkCandidate(folder, randomModel(smallVgg(0.5), 1), 'pool5', 'uint8', 1)

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
contestants['bare Node loop'] = async () => {
  const samples: number[] = []
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const start = performance.now()
    await runSession(session, image, [1, 3, 32, 32])
    samples.push(performance.now() - start)
  }
  return median(samples)
}

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
const python = process.env.SPLITBENCH_PYTHON
const child = python
  ? spawn(python, ['-c', script, head, Buffer.from(image).toString('hex')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    })
  : undefined
if (child) {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const version = (await lines.next()).value
  contestants[`Python loop (onnxruntime ${version})`] = async () => {
    child.stdin.write(`${seconds}\n`)
    return Number((await lines.next()).value)
  }
} else console.error('No Python loop: SPLITBENCH_PYTHON is not set.')

const blocks: Record<string, number[]> = {}
for (const [name, run] of Object.entries(contestants)) {
  blocks[name] = []
  await run()
}
for (let block = 0; block < Number(values.blocks); block++) {
  for (const [name, run] of Object.entries(contestants)) blocks[name]!.push(await run())
}
child?.stdin.end()
await device.close()
await session.session.release()
await rm(folder, { recursive: true })

const bare = blocks['bare Node loop']!
/** Of neighbouring blocks, so that drift of the machine cancels. */
const ratioTo = (samples: number[], reference: number[] | undefined): number | null =>
  reference ? median(samples.map((value, i) => value / reference[i]!)) : null
const pythonBlocks = Object.entries(blocks).find(([name]) => name.startsWith('Python'))?.[1]
const rows = Object.entries(blocks).map(([name, samples]) => ({
  name,
  median: median(samples),
  spread: standardDeviation(samples),
  /** Against the plain Python loop. */
  ratioDefault: ratioTo(samples, pythonBlocks),
  /** Against the leanest loop there is over the same library. */
  ratioBest: ratioTo(samples, bare),
}))
if (values.json) console.log(JSON.stringify({ rows }))
else console.table(rows)
