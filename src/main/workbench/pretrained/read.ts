import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { pretrainedPrefix, pretrainedSchema } from '#common/contract/pretrained.ts'
import { CodedError } from '#common/errors.ts'
import { appRoot } from '../entries.ts'

/** Where weights lie that came with the program. */
export const pretrainedFolder = (): string => join(appRoot, 'resources', 'pretrained')

export const trainingFile = 'training.json'

/** What `training.json` of a folder says; undefined where there is none. Throws `bad-data` for a damaged one. */
export function readTraining(folder: string): Pretrained | undefined {
  const file = join(folder, trainingFile)
  if (!existsSync(file)) return undefined
  try {
    return pretrainedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new CodedError('bad-data', `${file} cannot be read: it is damaged or of another version.`, 'Get it anew.')
  }
}

/** All that are there, finished or not, by name. A damaged one is left out. */
export function listPretrained(root = pretrainedFolder()): Pretrained[] {
  if (!existsSync(root)) return []
  return readdirSync(root)
    .sort()
    .flatMap((name) => {
      try {
        const training = readTraining(join(root, name))
        return training ? [training] : []
      } catch {
        return []
      }
    })
}

/** Finished weights by "pretrained:NAME"; undefined for a text without that prefix. Throws `unknown-name`. */
export function pretrainedNamed(
  text: string,
  root = pretrainedFolder(),
): { folder: string; training: Pretrained } | undefined {
  if (!text.startsWith(pretrainedPrefix)) return undefined
  const name = text.slice(pretrainedPrefix.length)
  const all = listPretrained(root)
  const training = all.find((one) => one.name === name)
  if (training?.state === 'finished') return { folder: join(root, name), training }
  const finished = all.filter(({ state }) => state === 'finished').map((one) => one.name)
  throw new CodedError(
    'unknown-name',
    training
      ? `The training of "${name}" is not finished (${training.epochs.done} of ${training.epochs.of} epochs).`
      : `There are no pretrained weights "${name}".`,
    training
      ? `Finish it with: npm run pretrain -- ${name}`
      : finished.length > 0
        ? `There are: ${finished.join(', ')}.`
        : 'Train some with: npm run pretrain -- vgg16-w0.25',
  )
}
