import { CodedError } from '../../errors.ts'
import type { Network } from '../graph.ts'
import type { ArchitectureOptions } from './builder.ts'
import { mobilenetV1 } from './mobilenetV1.ts'
import { mobilenetV2, mobilenetV2Paper } from './mobilenetV2.ts'
import { resnet18 } from './resnet18.ts'
import { vgg16, vgg16Deep } from './vgg16.ts'

export type { ArchitectureOptions } from './builder.ts'

interface Architecture {
  build(options: ArchitectureOptions): Network
  /** How many times it halves an image: the side must be a multiple of 2 to the power of it. */
  halvings: number
}

const architectures: Readonly<Record<string, Architecture>> = {
  vgg16: { build: vgg16, halvings: 5 },
  'vgg16-512': { build: vgg16Deep, halvings: 5 },
  resnet18: { build: resnet18, halvings: 3 },
  mobilenetv1: { build: mobilenetV1, halvings: 4 },
  mobilenetv2: { build: mobilenetV2, halvings: 3 },
  'mobilenetv2-paper': { build: mobilenetV2Paper, halvings: 3 },
}

export const architectureNames = Object.keys(architectures)

const words = ['', 'once', 'twice', 'three times', 'four times', 'five times']

/** Builds an architecture by name. Throws `unknown-name` with the names there are, `bad-network` for a size it cannot take. */
export function buildNetwork(name: string, options: ArchitectureOptions): Network {
  const architecture = Object.hasOwn(architectures, name) ? architectures[name] : undefined
  if (!architecture) {
    throw new CodedError('unknown-name', `Unknown network "${name}".`, `Networks: ${architectureNames.join(', ')}.`)
  }
  const { build, halvings } = architecture
  const step = 2 ** halvings
  if (options.size % step !== 0) {
    throw new CodedError(
      'bad-network',
      `${name} halves its images ${words[halvings]} and cannot take ${options.size}×${options.size} pixels.`,
      `Use square images whose side is a multiple of ${step} (${Math.max(step, 32)} to 224).`,
    )
  }
  return build(options)
}
