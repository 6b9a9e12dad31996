import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Comparison } from '#common/contract/result.ts'
import type { Network } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import type { Staged } from '../frameworks/lab.ts'
import type { Checkpoint } from '../training/checkpoint.ts'
import { loadCheckpoint, saveCheckpoint } from '../training/checkpoint.ts'
import { evaluate } from '../training/evaluate.ts'
import { initialise } from '../training/initialise.ts'
import { trainModel } from '../training/train.ts'
import { loadMatching } from './loadMatching.ts'
import type { Stages } from './stages.ts'
import type { Workshop } from './workshop.ts'
import { validationAccuracy } from './workshop.ts'

export type Curve = Comparison['baseline']['curve']

const key = 'baseline'
const title = 'Training the baseline'
/** Loss and rate within epochs, of single steps. */
const stepsStage = `${key}/steps`
const pointsPerEpoch = 20

/**
 * Trains a network from its seeded start (or `start`), with a checkpoint after every epoch; continues from the newest one that is
 * there, with the same schedule and random stream. Validation accuracy is measured after every epoch.
 */
export async function trainBaseline(
  shop: Workshop,
  network: Network,
  stages: Stages,
  start?: Model,
): Promise<Staged & { curve: Curve }> {
  const { reporter, training, dataset, backend, seed, signal } = shop
  const progress = (done: number, detail: string, reused = false): void =>
    reporter.progress({ phase: key, title, unit: 'epochs', done, total: training.epochs, detail, reused })

  const finished = await stages.model(key)
  if (finished) {
    progress(training.epochs, 'was there already', true)
    return { ...finished, curve: (await stages.record<Curve>(key)) ?? [] }
  }
  const resumeFrom = await newestCheckpoint(stages)
  const curve: Curve =
    (await stages.record<Curve>(key))?.filter((point) => point.epoch <= (resumeFrom?.epoch ?? 0)) ?? []
  progress(
    resumeFrom?.epoch ?? 0,
    resumeFrom ? `continues after epoch ${resumeFrom.epoch}` : '',
    resumeFrom !== undefined,
  )

  const { model } = await trainModel(
    backend,
    start ?? initialise(network, seed),
    dataset.train,
    { training, epochs: training.epochs, seed, stream: key, mean: dataset.mean },
    {
      signal,
      resumeFrom,
      onStep: ({ epoch, step, stepsPerEpoch, done, loss, rate }) => {
        progress(epoch + step / stepsPerEpoch, `loss ${loss.toFixed(3)}`)
        if (step % Math.ceil(stepsPerEpoch / pointsPerEpoch) === 0) reporter.metric(stepsStage, done, { loss, rate })
      },
      onEpoch: async (checkpoint, { loss, accuracy, dataShare }) => {
        const validation = await evaluate(backend, checkpoint.model, dataset.validation, { signal })
        curve.push({
          epoch: checkpoint.epoch,
          loss,
          trainAccuracy: accuracy,
          validationAccuracy: validation.accuracy,
          dataShare,
        })
        await stages.storeRecord(key, curve)
        await saveCheckpoint(placeOf(stages, checkpoint.epoch), checkpoint)
        await dropOlderCheckpoints(stages, checkpoint.epoch)
        reporter.metric(key, checkpoint.epoch, {
          loss,
          trainAccuracy: accuracy,
          validationAccuracy: validation.accuracy,
          dataShare,
        })
        const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
        const waited = `${percent(dataShare)} of the time waiting for images`
        progress(checkpoint.epoch, `loss ${loss.toFixed(3)} · validation ${percent(validation.accuracy)} · ${waited}`)
      },
    },
  )
  const staged = { model, validationAccuracy: await validationAccuracy(shop, model) }
  await stages.storeModel(key, staged)
  await stages.forget(`${key}/epoch-`)
  return { ...staged, curve }
}

/** The same place filled with weights that were trained before: nothing is trained. */
export async function pretrainedBaseline(
  shop: Workshop,
  pretrained: { model: string; curve: Curve },
  stages: Stages,
): Promise<Staged & { curve: Curve }> {
  const progress = (done: number, reused: boolean): void =>
    shop.reporter.progress({
      phase: key,
      title: 'Testing the weights',
      unit: 'sets',
      done,
      total: 1,
      reused,
    })
  progress(0, false)
  const stored = await stages.model(key)
  const model = stored?.model ?? (await loadMatching(pretrained.model, shop.dataset))
  const staged = stored ?? { model, validationAccuracy: await validationAccuracy(shop, model) }
  if (!stored) await stages.storeModel(key, staged)
  progress(1, stored !== undefined)
  return { ...staged, curve: pretrained.curve }
}

/** Lets a training that has done nothing yet go on from a checkpoint of an equal one; one of another is refused later. */
export async function beginFrom(stages: Stages, folder: string, curve: Curve): Promise<void> {
  if ((await stages.model(key)) || (await checkpoints(stages)).length > 0) return
  const checkpoint = await loadCheckpoint(folder)
  await stages.storeRecord(key, curve)
  await saveCheckpoint(placeOf(stages, checkpoint.epoch), checkpoint)
}

const placeOf = (stages: Stages, epoch: number): string =>
  stages.pathOf(`${key}/epoch-${String(epoch).padStart(4, '0')}`)

const checkpointName = /^baseline\+epoch-(\d+)$/

async function checkpoints(stages: Stages): Promise<{ epoch: number; folder: string }[]> {
  if (!existsSync(stages.folder)) return []
  const found: { epoch: number; folder: string }[] = []
  for (const name of await readdir(stages.folder)) {
    const match = checkpointName.exec(name)
    if (match) found.push({ epoch: Number(match[1]), folder: join(stages.folder, name) })
  }
  return found.sort((a, b) => a.epoch - b.epoch)
}

async function newestCheckpoint(stages: Stages): Promise<Checkpoint | undefined> {
  const newest = (await checkpoints(stages)).at(-1)
  return newest && (await loadCheckpoint(newest.folder))
}

async function dropOlderCheckpoints(stages: Stages, epoch: number): Promise<void> {
  for (const one of await checkpoints(stages))
    if (one.epoch < epoch) await rm(one.folder, { recursive: true, force: true })
}
