import { buildNetwork } from '#common/network/architectures/index.ts'
import type { Layer, Network } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import { windowOf } from '#common/network/window.ts'

/** CIFAR-10's usual constants. */
const mean = [0.4914, 0.4822, 0.4465]
const std = [0.2023, 0.1994, 0.201]

export interface Case {
  /** As `--only` names it. */
  name: string
  network: Network
}

const sizes: readonly (readonly [string, number])[] = [
  ['vgg16', 0.25],
  ['vgg16', 1],
  ['resnet18', 0.5],
  ['mobilenetv1', 1],
  ['mobilenetv2', 1],
]

/** The networks of the trainer's benchmarks: CIFAR form, 32×32 pixels, 10 classes. */
export const cases: readonly Case[] = sizes.map(([name, width]) => ({
  name: `${name}-w${width.toFixed(2).replace(/0$/, '')}`,
  network: buildNetwork(name, { classes: 10, width, size: 32, mean, std }),
}))

/** The named cases, separated by commas; all of them unless said. Ends the process where there is none of a name. */
export function chosenCases(names: string | undefined): readonly Case[] {
  return names === undefined ? cases : names.split(',').map(caseNamed)
}

export function caseNamed(name: string): Case {
  const found = cases.find((one) => one.name === name)
  if (found) return found
  console.error(`splitbench: no network "${name}"; there are: ${cases.map((one) => one.name).join(', ')}`)
  process.exit(2)
}

/** A network's layers with everything said that a program of another language would have to infer. */
export function describeLayers(network: Network): Record<string, unknown>[] {
  const shapes = inferShapes(network)
  return network.layers.map((layer: Layer) => {
    const before = layer.inputs[0] === undefined ? undefined : shapes.get(layer.inputs[0])!
    return {
      ...layer,
      ...('stride' in layer ? windowOf(layer) : {}),
      ...(layer.op === 'relu' ? { max: layer.max ?? null } : {}),
      ...(before ? { channels_in: before.channels, inputs_flat: before.channels * before.height * before.width } : {}),
    }
  })
}
