import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { dataConfigSchema, trainingConfigSchema } from '#common/contract/config.ts'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { pretrainedSchema } from '#common/contract/pretrained.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import type { PretrainedRecipe } from '#common/experiment/pretrainedRecipes.ts'
import { pretrainedRecipe, trainingOf } from '#common/experiment/pretrainedRecipes.ts'
import type { SafeTensor } from '#common/formats/safetensors.ts'
import { decodeSafetensors, encodeSafetensors } from '#common/formats/safetensors.ts'
import { writeFolderAtomic } from '../../../system/atomic.ts'
import { readEvents } from '../jobs/eventLog.ts'
import { configHash } from '../store/configHash.ts'
import type { RunRecord } from '../store/runFolder.ts'
import { readRecord } from '../store/runFolder.ts'
import { startTrainer } from '../trainer/process.ts'
import { trainingFile } from './read.ts'

const configSchema = z.object({
  data: dataConfigSchema,
  network: z.object({ name: z.string(), width: z.number() }),
  training: trainingConfigSchema,
  seed: z.number(),
  threads: z.number(),
})
const curveSchema = comparisonSchema.shape.baseline.shape.curve

const trainedSchema = z.object({
  model: z.string(),
  curve: curveSchema,
  run: pretrainedSchema.pick({ versions: true, fingerprint: true }),
})

/** What a training has reached: its weights, or the checkpoint after its last whole epoch. */
interface Reached {
  folder: string
  finished: boolean
  curve: Pretrained['curve']
  /** Of the process that finished it; a checkpoint does not say. */
  about?: Pick<Pretrained, 'versions' | 'fingerprint'>
}

/** Test images on which finished weights are counted, beside all that the recipe asks for: as many as quick checks take. */
const quickChecks = [500, 1000]

/**
 * Puts what a run of `splitbench train` by this recipe has reached, finished or not, into `<root>/<name>`: the weights
 * with `training.json`, or the checkpoint from which `splitbench pretrain` goes on. Complete or not at all.
 *
 * @throws CodedError `bad-data` where the run is another training, or has no whole epoch.
 */
export async function keepTraining(name: string, run: string, root: string, signal: AbortSignal): Promise<Pretrained> {
  const recipe = pretrainedRecipe(name)
  const record = readRecord(run)
  const config = configSchema.safeParse(record?.config).data
  const wanted = { network: recipe.network, training: trainingOf(recipe), seed: recipe.seed }
  const found = config && { network: config.network, training: config.training, seed: config.seed }
  if (!record || !config || record.verb !== 'train' || configHash(found) !== configHash(wanted)) {
    throw new CodedError(
      'bad-data',
      `${run} is not a training by the recipe of ${name}.`,
      `Such a run is made by: splitbench pretrain ${name}`,
    )
  }
  const reached = reachedBy(run)
  if (!reached) throw new CodedError('bad-data', `${run}: has no whole epoch yet.`, 'Let it train a while.')
  const trainer = startTrainer(signal)
  try {
    const about = await trainer.client.request('hello', { threads: config.threads }, signal)
    const { data } = config
    const tests = reached.finished ? [...new Set([...quickChecks, recipe.testImages])] : []
    // What is assessed is what is kept, not what it was before it was rounded.
    const assess = (model: string) => trainer.client.request('assess', { model, data, tests }, signal)
    const describe = (assessed: Awaited<ReturnType<typeof assess>>): Pretrained => ({
      protocol: 1,
      name,
      network: recipe.network,
      ...assessed,
      data: { trainImages: data.trainImages, testImages: data.testImages, seed: data.seed },
      training: config.training,
      seed: config.seed,
      threads: config.threads,
      state: reached.finished ? 'finished' : 'checkpoint',
      epochs: { done: reached.curve.length, of: recipe.epochs },
      curve: reached.curve,
      command: commandOf(recipe, config.threads),
      versions: reached.about?.versions ?? about.versions,
      fingerprint: reached.about?.fingerprint ?? about.fingerprint,
      startedAt: record.startedAt,
      durationS: workedS(run, record),
    })
    await mkdir(root, { recursive: true })
    let training: Pretrained | undefined
    await writeFolderAtomic(join(root, name), async (temp) => {
      training = describe(await assess(await fill(temp, reached)))
      await writeFile(join(temp, trainingFile), `${JSON.stringify(training, null, 1)}\n`)
    })
    return training!
  } finally {
    await trainer.stop()
  }
}

/** From here on weights are kept in half precision: a file of the project is to stay below 10 MB. */
const halfFromBytes = 10e6

/** The model folder within `temp`. */
async function fill(temp: string, { folder, finished }: Reached): Promise<string> {
  if (!finished) {
    await cp(folder, join(temp, 'checkpoint'), { recursive: true })
    return join(temp, 'checkpoint')
  }
  await copyFile(join(folder, 'network.json'), join(temp, 'network.json'))
  const weights = await readFile(join(folder, 'weights.safetensors'))
  await writeFile(join(temp, 'weights.safetensors'), weights.length > halfFromBytes ? halved(weights) : weights)
  return temp
}

/** Kernels and matrices are rounded; biases and what normalisation knows of a channel are few, and stay as they are. */
export function halved(weights: Uint8Array): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(weights)
  const rounded = [...tensors].map(([name, tensor]): [string, SafeTensor] => [
    name,
    tensor.shape.length > 1 ? { ...tensor, half: true } : tensor,
  ])
  return encodeSafetensors(rounded, metadata)
}

function reachedBy(run: string): Reached | undefined {
  const result = join(run, 'train.json')
  if (existsSync(result)) {
    const { model, curve, run: about } = trainedSchema.parse(JSON.parse(readFileSync(result, 'utf8')))
    return { folder: join(run, model), finished: true, curve, about }
  }
  const stages = join(run, 'stages')
  const newest = existsSync(stages)
    ? readdirSync(stages)
        .filter((one) => one.startsWith('baseline+epoch-'))
        .sort()
        .at(-1)
    : undefined
  if (!newest) return undefined
  const done = Number(newest.slice('baseline+epoch-'.length))
  const curve = curveSchema.parse(JSON.parse(readFileSync(join(stages, 'baseline.json'), 'utf8')))
  return { folder: join(stages, newest), finished: false, curve: curve.filter(({ epoch }) => epoch <= done) }
}

/** Seconds of all sittings; of a try that nobody ended, up to its last event. */
function workedS(run: string, record: RunRecord): number {
  const events = readEvents(join(run, 'events.jsonl'))
  const begun = events.findLast(({ kind }) => kind === 'started' || kind === 'resumed')
  const last = events.at(-1)
  const counted = !begun || !last || ['finished', 'cancelled', 'failed'].includes(last.kind)
  const open = counted ? 0 : (Date.parse(last.at) - Date.parse(begun.at)) / 1000
  return earlierS(run) + record.workedS + open
}

const earlierFile = 'earlier.json'

/** A run that goes on from a checkpoint that came with the program remembers how long that took, seconds. */
export const storeEarlier = (run: string, durationS: number): void =>
  writeFileSync(join(run, earlierFile), JSON.stringify({ durationS }))

function earlierS(run: string): number {
  const file = join(run, earlierFile)
  if (!existsSync(file)) return 0
  return z.object({ durationS: z.number() }).parse(JSON.parse(readFileSync(file, 'utf8'))).durationS
}

/** What anybody types to do the same. */
const commandOf = ({ network, dataset, trainImages, testImages, epochs, seed }: PretrainedRecipe, threads: number) =>
  `npm run splitbench -- train --data ${dataset} --train-images ${trainImages} --test-images ${testImages} --epochs ${epochs} --network ${network.name} --width ${network.width} --seed ${seed} --threads ${threads}`
