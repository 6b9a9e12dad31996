import type { DataSource } from '#common/contract/config.ts'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { CodedError } from '#common/errors.ts'
import { locateDataSource } from '../datasets/locate.ts'
import { sourceFor } from './data.ts'
import { pretrainedNamed } from './read.ts'

/** The network that a comparison begins with. */
export interface NetworkChoice {
  network: string
  width: number
  pretrained: Pretrained | undefined
  source: DataSource
}

/**
 * What a user means by a network (an architecture, or "pretrained:NAME"), a width and images; undefined: nothing was
 * said. Throws as `pretrainedNamed` and `locateDataSource` do, and `bad-usage` where the parts contradict each other.
 */
export function chooseNetwork(text: string, width: number | undefined, data: string | undefined): NetworkChoice {
  const found = pretrainedNamed(text)
  if (!found) {
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
