import { join, resolve } from 'node:path'
import type { ModelForm, ModelRun } from '#common/contract/models.ts'
import { CodedError } from '#common/errors.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { architectureNames } from '#common/network/architectures/index.ts'
import { datasets } from '../datasets/catalogue.ts'
import { locateDataSource } from '../datasets/locate.ts'
import { defaultThreads } from '../experiments/threads.ts'
import type { ModelSpec } from './jobSpec.ts'
import { readModelRun } from './modelRuns.ts'
import { commandOf, quoted } from './request.ts'
import { runFolderOf } from './runs.ts'

type Of<Verb extends ModelForm['verb']> = Extract<ModelForm, { verb: Verb }>

/** What a form asks for, as the terminal would have resolved it in the workspace's folder. Throws as that does. */
export function specOfModelForm(form: ModelForm, workspace: string, runsFolder: string, fresh: boolean): ModelSpec {
  const place = { out: null, fresh }
  if (form.verb === 'train') return { ...training(form, workspace), ...place }
  const from = readModelRun(runsFolder, form.run)
  return { ...pruning(form, join(runFolderOf(runsFolder, form.run), 'model'), from), ...place }
}

function training(form: Of<'train'>, workspace: string): Pick<ModelSpec, 'model' | 'command'> {
  if (!architectureNames.includes(form.network)) {
    throw new CodedError(
      'unknown-name',
      `Unknown network "${form.network}".`,
      `Networks: ${architectureNames.join(', ')}.`,
    )
  }
  const { quick } = profiles
  const known = form.data === 'synthetic' || Object.hasOwn(datasets, form.data)
  const config = {
    data: {
      source: locateDataSource(known ? form.data : resolve(workspace, form.data)),
      trainImages: form.trainImages ?? quick.trainImages,
      testImages: form.testImages ?? quick.testImages,
      seed: form.seed,
    },
    network: { name: form.network, width: form.width },
    training: {
      ...quick.training,
      epochs: form.epochs ?? quick.training.epochs,
      batchSize: form.batchSize ?? quick.training.batchSize,
    },
    seed: form.seed,
    threads: form.threads ?? defaultThreads,
  }
  const command = commandOf('train', [
    ['--data', form.data],
    ['--network', form.network],
    ['--width', form.width],
    ['--epochs', form.epochs],
    ['--batch', form.batchSize],
    ['--train-images', form.trainImages],
    ['--test-images', form.testImages],
    ['--seed', form.seed],
    ['--threads', form.threads],
  ])
  return { model: { verb: 'train', config }, command }
}

function pruning(form: Of<'prune'>, folder: string, { outcome }: ModelRun): Pick<ModelSpec, 'model' | 'command'> {
  const { quick } = profiles
  const { data, seed } = outcome.config
  const config = {
    model: folder,
    data,
    macShare: form.macShare,
    maxLoss: form.maxLoss ?? quick.maxLoss,
    criterion: form.criterion,
    roundTo: form.roundTo,
    exclude: form.exclude,
    twoStep: quick.twoStep,
    training: quick.training,
    seed,
    threads: form.threads ?? defaultThreads,
  }
  const command = commandOf(`prune ${quoted(`splitbench-runs/${form.run}/model`)}`, [
    ['--data', data.source.kind === 'files' ? data.source.path : 'synthetic'],
    ['--mac-share', form.macShare],
    ['--max-loss', form.maxLoss],
    ['--criterion', form.criterion],
    ['--round-to', form.roundTo],
    ['--exclude', form.exclude.length > 0 ? form.exclude.join(',') : null],
    ['--train-images', data.trainImages],
    ['--test-images', data.testImages],
    ['--seed', seed],
    ['--threads', form.threads],
  ])
  return { model: { verb: 'prune', config }, command }
}
