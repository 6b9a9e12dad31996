import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { PreprocessingConfig } from '#common/contract/preprocessing.ts'
import type { PreprocessForm } from '#common/contract/preprocessRequests.ts'
import { CodedError } from '#common/errors.ts'
import { operatorNames, planPreprocessing } from '#common/experiment/preprocessing.ts'
import { defaultThreads } from '../experiments/threads.ts'
import { loadThroughput } from '../experiments/throughput.ts'
import type { PreprocessSpec } from './jobSpec.ts'
import { commandOf } from './request.ts'

/** What a form asks for, as the terminal would have resolved it in the workspace's folder. Throws as that does. */
export function specOfPreprocess(form: PreprocessForm, workspace: string, fresh: boolean): PreprocessSpec {
  const command = commandOf('preprocess', [
    ['--data', form.data],
    ['--operators', form.operators.join(',')],
    ['--images', form.images.join(',')],
    ['--test-images', form.testImages],
    ['--seeds', form.seeds],
    ['--seed', form.seed],
    ['--epochs', form.epochs],
    ['--batch', form.batchSize],
    ['--threads', form.threads],
  ])
  return { preprocess: configOf(form, workspace), command, out: null, fresh }
}

function configOf(form: PreprocessForm, workspace: string): PreprocessingConfig {
  const { operators, images, testImages, seeds, seed, epochs, batchSize, threads } = form
  return {
    source: sourceOf(form.data, workspace),
    operators: operatorNames.filter((name) => operators.includes(name)),
    images: [...new Set(images)].sort((a, b) => a - b),
    seeds: Array.from({ length: seeds }, (_, index) => seed + index),
    ...{ testImages, epochs, batchSize, threads: threads ?? defaultThreads },
  }
}

function sourceOf(data: string, workspace: string): PreprocessingConfig['source'] {
  if (data === 'digits') return { kind: 'digits' }
  const path = resolve(workspace, data)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return { kind: 'files', path }
  throw new CodedError(
    'bad-data',
    `${path}: there is no such folder.`,
    "Give a folder with MNIST's four IDX files, or take the built-in drawn digits.",
  )
}

/** How many trainings that would be, and how long they take. */
export async function planOfPreprocess(form: PreprocessForm, workspace: string) {
  const config = configOf(form, workspace)
  const plan = planPreprocessing(config, await loadThroughput())
  return {
    trainings: config.operators.length * config.images.length * config.seeds.length,
    seconds: plan.reduce((sum, one) => sum + one.seconds, 0),
  }
}
