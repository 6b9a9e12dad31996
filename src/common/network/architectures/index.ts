import { CodedError } from '../../errors.ts'
import type { Network } from '../graph.ts'
import type { ArchitectureOptions } from './vgg16.ts'
import { vgg16 } from './vgg16.ts'

export type { ArchitectureOptions } from './vgg16.ts'

const architectures: Record<string, (options: ArchitectureOptions) => Network> = { vgg16 }

export const architectureNames = Object.keys(architectures)

/** Builds an architecture by name. Throws `unknown-name` with the names there are, `bad-network` for a size it cannot take. */
export function buildNetwork(name: string, options: ArchitectureOptions): Network {
  const build = architectures[name]
  if (!build) {
    throw new CodedError('unknown-name', `Unknown network "${name}".`, `Networks: ${architectureNames.join(', ')}.`)
  }
  if (options.size % 32 !== 0) {
    throw new CodedError(
      'bad-network',
      `${name} halves its images five times and cannot take ${options.size}×${options.size} pixels.`,
      'Use square images whose side is a multiple of 32 (32 to 224).',
    )
  }
  return build(options)
}
