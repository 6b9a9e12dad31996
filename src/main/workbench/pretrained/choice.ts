import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DataSource } from '#common/contract/config.ts'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { CodedError } from '#common/errors.ts'
import type { Network } from '#common/network/graph.ts'
import { sha256 } from '../../../system/hash.ts'
import { locateDataSource } from '../datasets/locate.ts'
import { sourceFor } from './data.ts'
import { isModelFolder, networkOf } from './modelRef.ts'
import { pretrainedNamed } from './read.ts'

/** The network that a comparison begins with. */
export interface NetworkChoice {
  network: string
  width: number
  pretrained: Pretrained | undefined
  /** A model folder that was named instead of an architecture. */
  model?: { folder: string; hash: string; network: Network } | undefined
  source: DataSource
}

/**
 * What a user means by a network (an architecture, a model folder, or "pretrained:NAME"), a width and images; undefined: nothing was
 * said. Throws as `pretrainedNamed` and `locateDataSource` do, and `bad-usage` where the parts contradict each other.
 */
export function chooseNetwork(text: string, width: number | undefined, data: string | undefined): NetworkChoice {
  const found = pretrainedNamed(text)
  if (!found) {
    if (isModelFolder(text)) return chooseModel(resolve(text), width, data)
    const source = locateDataSource(data ?? 'synthetic')
    return { network: text, width: width ?? 0.25, pretrained: undefined, source }
  }
  const { training } = found
  const { network } = training
  if (width !== undefined && width !== network.width) {
    throw new CodedError(
      'bad-usage',
      `The weights ${training.name} are of width ${network.width}, not ${width}.`,
      'Leave --width out.',
    )
  }
  return { network: network.name, width: network.width, pretrained: training, source: sourceFor(training, data) }
}

/** Begins with the weights of the folder as they are. */
function chooseModel(folder: string, width: number | undefined, data: string | undefined): NetworkChoice {
  const network = networkOf(folder)
  if (width !== undefined && width !== network.width) {
    throw new CodedError('bad-usage', `${folder} holds a network of its own width.`, 'Leave --width out.')
  }
  return {
    network: network.name,
    width: network.width,
    pretrained: undefined,
    model: { folder, hash: modelHash(folder), network },
    source: locateDataSource(data ?? 'synthetic'),
  }
}

/** Equal hash, equal model: what an interrupted comparison is found by. Throws `bad-data` where a part is missing. */
function modelHash(folder: string): string {
  try {
    const parts = ['network.json', 'weights.safetensors'].map((name) => sha256(readFileSync(join(folder, name))))
    return sha256(parts.join('\n'))
  } catch {
    throw new CodedError(
      'bad-data',
      `${folder} is not a whole model: a file is missing or cannot be read.`,
      'Name a folder that `splitbench import` or `splitbench train` wrote.',
    )
  }
}
