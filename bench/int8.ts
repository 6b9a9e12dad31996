/**
 * What int8 heads bring on this computer: the same head in float32 and in int8, both as a comparison writes them, timed by
 * the agent in turns on one thread. Of the pretrained network also what it costs: accuracy through the files on real images.
 *
 *   npm run bench:int8 -- [--json] [--seconds 0.6] [--only vgg16-w1] [--images 1000]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { blockInterval } from '#common/measurement/interval.ts'
import { median, standardDeviation } from '#common/measurement/statistics.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { partitionPoints } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import { significant } from '#common/units.ts'
import type { Backend } from '../src/main/trainer/backend/index.ts'
import { loadBackend } from '../src/main/trainer/backend/index.ts'
import { writeCandidate } from '../src/main/trainer/candidates/write.ts'
import { loadDataset } from '../src/main/trainer/data/dataset.ts'
import type { ImageSet } from '../src/main/trainer/data/imageSet.ts'
import { loadModel } from '../src/main/trainer/model/store.ts'
import { localTransport } from '../src/main/workbench/devices/childTransport.ts'
import type { Device } from '../src/main/workbench/devices/device.ts'
import { connectDevice } from '../src/main/workbench/devices/device.ts'
import { heldOutOf, sourceFor } from '../src/main/workbench/pretrained/data.ts'
import { pretrainedNamed } from '../src/main/workbench/pretrained/read.ts'
import { randomImages } from '../test/support/candidateRequest.ts'
import { randomModel } from '../test/support/randomModel.ts'
import type { TimedHead } from './headsInTurns.ts'
import { headsInTurns } from './headsInTurns.ts'

const pretrained = 'vgg16-w0.25'
const cases = [
  { name: `pretrained:${pretrained}`, points: ['pool1', 'pool2', 'pool3', 'pool4', 'pool5'] },
  { name: 'vgg16-w1', network: 'vgg16', width: 1, points: ['pool1', 'pool3', 'pool5'] },
  { name: 'resnet18-w1', network: 'resnet18', width: 1, points: ['layer1.1', 'layer3.1'] },
  { name: 'mobilenetv2-w1', network: 'mobilenetv2', width: 1, points: ['ir3', 'ir10'] },
]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '0.6' },
    only: { type: 'string' },
    images: { type: 'string', default: '1000' },
  },
})
const rule = { seconds: Number(values.seconds), minIterations: 30 }
const never = new AbortController().signal

interface Row {
  name: string
  /** Of the int8 head, in ms; standard deviation of the rounds' medians. */
  median: number
  spread: number
  /** Float over int8. */
  ratioDefault: number
  ratioBest: null
  ci95: [number, number]
  floatMs: number
  macs: number
  headBytes: number
  floatBytes: number
  /** Root mean square of the features' difference, as a share of theirs. */
  error: number
  /** Of the pretrained network, as fractions of the test images; null for random weights. */
  accuracy: { float: number; int8: number } | null
}

interface Subject {
  model: Model
  calibration: ImageSet
  test: ImageSet
  /** Whether accuracies mean something. */
  trained: boolean
}

async function subjectOf({ network, width }: (typeof cases)[number]): Promise<Subject> {
  if (network === undefined) {
    const { folder, training } = pretrainedNamed(`pretrained:${pretrained}`)!
    const source = sourceFor(training, undefined)
    const sizes = { trainImages: 2000, testImages: Number(values.images), seed: 1 }
    const { train, test } = await loadDataset({ source, ...sizes, ...heldOutOf(training) }, () => {}, never)
    return { model: await loadModel(folder), calibration: train, test, trained: true }
  }
  const constants = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }
  const model = randomModel(buildNetwork(network, { classes: 10, width, size: 32, ...constants }), 1)
  const images = randomImages(64, 32, 10, 1)
  return { model, calibration: images, test: images, trained: false }
}

const folder = await mkdtemp(join(tmpdir(), 'splitbench-int8-'))
const backend = await loadBackend({ threads: 1 })
const device = await connectDevice(localTransport(join(folder, 'store')))
const rows: Row[] = []
try {
  for (const one of cases) {
    if (values.only !== undefined && values.only !== one.name) continue
    const subject = await subjectOf(one)
    for (const point of one.points) {
      const candidates = await heads(backend, subject, point)
      rows.push({ name: `${one.name} ${point}, int8 head, ms`, ...(await beside(device, candidates, subject)) })
    }
  }
} finally {
  await device.close()
  await rm(folder, { recursive: true })
}
if (values.json) console.log(JSON.stringify({ rows }))
else print(rows)
const load = loadavg()[0]!
if (load > 1.5) console.error(`Load ${load.toFixed(1)}: other work disturbs these figures.`)

/** The float head and the int8 head of a cut, 8-bit codes behind both. */
async function heads(on: Backend, { model, calibration, test }: Subject, name: string) {
  const point = partitionPoints(model.network).find((one) => one.name === name)!
  const request = {
    ...{ backend: on, folder, model, point, form: 'uint8' as const, framework: 'only-splitting', step: null, seed: 1 },
    ...{ calibration, test, baselineAccuracy: 1, validationAccuracy: 1 },
  }
  return {
    float: await writeCandidate(request),
    int8: await writeCandidate({ ...request, step: 'int8 head', head: 'int8' }),
  }
}

async function beside(
  on: Device,
  { float, int8 }: { float: UntimedCandidate; int8: UntimedCandidate },
  { trained }: Subject,
): Promise<Omit<Row, 'name'>> {
  const written: TimedHead[] = []
  for (const { files } of [float, int8]) {
    const split = splitSchema.parse(JSON.parse(await readFile(join(folder, files.split), 'utf8')))
    written.push({ head: join(folder, files.head), check: join(folder, files.check), split })
  }
  const [floatMs, int8Ms] = (await headsInTurns(on, written, rule)) as [number[], number[]]
  const ratios = floatMs.map((ms, round) => ms / int8Ms[round]!)
  const ratio = median(ratios)
  return {
    ...{ median: median(int8Ms), spread: standardDeviation(int8Ms), ratioDefault: ratio, ratioBest: null },
    ...{ ci95: blockInterval(ratios, ratio), floatMs: median(floatMs), macs: int8.headMacs, ...int8.int8! },
    accuracy: trained ? { float: float.accuracy, int8: int8.accuracy } : null,
  }
}

function print(all: readonly Row[]): void {
  for (const { name, median: ms, spread, ratioDefault, ci95, floatMs, macs, ...row } of all) {
    const accuracy = row.accuracy
      ? `; accuracy ${(100 * row.accuracy.float).toFixed(1)} → ${(100 * row.accuracy.int8).toFixed(1)} %`
      : ''
    console.log(
      `${name.replace(/, int8 head, ms$/, '').padEnd(30)} ${(macs / 1e6).toFixed(1).padStart(6)} M MACs, float ${significant(floatMs)} ms, int8 ${significant(ms)} ms ± ${significant(spread)}; float / int8 ${ratioDefault.toFixed(2)} [${ci95.map((one) => one.toFixed(2)).join(', ')}]; file ${(row.floatBytes / 1e3).toFixed(0)} → ${(row.headBytes / 1e3).toFixed(0)} kB; features off by ${(100 * row.error).toFixed(1)} %${accuracy}`,
    )
  }
}
