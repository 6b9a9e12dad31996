import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { JobEvent } from '#common/contract/job.ts'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { pretrainedRecipe, trainingOf } from '#common/experiment/pretrainedRecipes.ts'
import { locateDataSource } from '../datasets/locate.ts'
import { runModelVerb } from '../experiments/modelVerb.ts'
import type { RunFolder } from '../store/runFolder.ts'
import { keepTraining, storeEarlier } from './keep.ts'
import { readTraining } from './read.ts'

export interface PretrainOptions {
  name: string
  /** Where folders of pretrained weights lie. */
  root: string
  threads: number
  command: string
  out: string | undefined
  cwd: string
  signal: AbortSignal
  watch(event: JobEvent): void
}

/**
 * Trains pretrained weights by their recipe to the end, as a run like any other: from an interrupted run of the same,
 * else from the checkpoint in `<root>/<name>/checkpoint`, else from the start. The finished weights go to `<root>/<name>`.
 */
export async function pretrain({ name, root, ...options }: PretrainOptions): Promise<Pretrained> {
  const recipe = pretrainedRecipe(name)
  const before = readTraining(join(root, name))
  if (before?.state === 'finished') return before
  const { trainImages, testImages, seed } = recipe
  const { threads } = options
  const config = {
    data: { source: locateDataSource(recipe.dataset), trainImages, testImages, seed },
    network: recipe.network,
    training: trainingOf(recipe),
    seed,
    threads,
  }
  const checkpoint = join(root, name, 'checkpoint')
  const opened = (run: RunFolder): void => {
    // A run that was begun before keeps what it remembers.
    if (before && run.record.resumed === 0) storeEarlier(run.working, before.durationS)
  }
  const resumeFrom = before && existsSync(checkpoint) ? { checkpoint, curve: before.curve } : undefined
  const { folder } = await runModelVerb(
    { ...options, verb: 'train', title: `Train ${name}`, config, fresh: false, opened },
    (trainer, place, signal) => trainer.request('train', { folder: place, ...config, resumeFrom }, signal),
  )
  return keepTraining(name, folder, root, options.signal)
}
