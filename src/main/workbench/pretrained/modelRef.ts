import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DataConfig } from '#common/contract/config.ts'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { CodedError } from '#common/errors.ts'
import type { Network } from '#common/network/graph.ts'
import { parseNetwork } from '#common/network/networkFile.ts'
import { locateDataSource } from '../datasets/locate.ts'
import { heldOutOf, sourceFor } from './data.ts'
import { pretrainedNamed } from './read.ts'

export interface ModelRef {
  /** Model folder, absolute. */
  folder: string
  /** Of weights that came with the program. */
  training: Pretrained | undefined
}

export function isModelFolder(path: string): boolean {
  const folder = resolve(path)
  return existsSync(folder) && statSync(folder).isDirectory() && existsSync(join(folder, 'network.json'))
}

/** What a user means by a model: "pretrained:NAME", or a model folder. Throws `bad-data`, `unknown-name`. */
export function resolveModel(text: string): ModelRef {
  const pretrained = pretrainedNamed(text)
  if (pretrained) return pretrained
  const folder = resolve(text)
  if (!isModelFolder(text)) {
    throw new CodedError(
      'bad-data',
      `${text} is not a model folder: it has no network.json.`,
      'Name a folder that `splitbench import` or `splitbench train` (model in its run) wrote, or pretrained:NAME.',
    )
  }
  return { folder, training: undefined }
}

/**
 * The images for work with a model: `data` as the user gave it, undefined where nothing was said, which means those that
 * pretrained weights were trained on, and built-in ones for any other model.
 */
export function dataFor(
  { training }: ModelRef,
  data: string | undefined,
  counts: Pick<DataConfig, 'trainImages' | 'testImages' | 'seed'>,
): DataConfig {
  const source = training ? sourceFor(training, data) : locateDataSource(data ?? 'synthetic')
  return { source, ...counts, ...heldOutOf(training) }
}

/** The graph of a model folder. Throws `bad-network`. */
export function networkOf(folder: string): Network {
  const file = join(folder, 'network.json')
  try {
    return parseNetwork(readFileSync(file, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
    throw new CodedError('bad-network', `${file} cannot be read: ${reason}.`, 'Write the model anew.')
  }
}
