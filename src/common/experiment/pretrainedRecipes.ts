import type { TrainingConfig } from '../contract/config.ts'
import { CodedError } from '../errors.ts'
import { profiles } from './profiles.ts'

/** How the weights of resources/pretrained are trained. */
export interface PretrainedRecipe {
  network: { name: string; width: number }
  /** By the name that `splitbench download` knows. */
  dataset: 'cifar-10' | 'cifar-100'
  /** As asked for: where there are no further records, validation images are held out of these. */
  trainImages: number
  testImages: number
  epochs: number
  seed: number
}

const onCifar10 = (name: string, width: number): PretrainedRecipe => ({
  network: { name, width },
  ...{ dataset: 'cifar-10', trainImages: 50_000, testImages: 5_000, epochs: 30, seed: 1 },
})

export const pretrainedRecipes: Readonly<Record<string, PretrainedRecipe>> = {
  'vgg16-w0.25': onCifar10('vgg16', 0.25),
  'resnet18-w0.25': onCifar10('resnet18', 0.25),
  'mobilenetv1-w0.5': onCifar10('mobilenetv1', 0.5),
  'mobilenetv2-w0.35': onCifar10('mobilenetv2', 0.35),
  'vgg16-512-w0.5-cifar-100': {
    network: { name: 'vgg16-512', width: 0.5 },
    ...{ dataset: 'cifar-100', trainImages: 20_000, testImages: 2_000, epochs: 30, seed: 1 },
  },
}

export const pretrainedNames = Object.keys(pretrainedRecipes)

export const trainingOf = ({ epochs }: Pick<PretrainedRecipe, 'epochs'>): TrainingConfig => ({
  ...profiles.quick.training,
  epochs,
})

/** Throws `unknown-name` with the names there are. */
export function pretrainedRecipe(name: string): PretrainedRecipe {
  if (Object.hasOwn(pretrainedRecipes, name)) return pretrainedRecipes[name]!
  throw new CodedError(
    'unknown-name',
    `There is no recipe for pretrained weights "${name}".`,
    `There are: ${pretrainedNames.join(', ')}.`,
  )
}
