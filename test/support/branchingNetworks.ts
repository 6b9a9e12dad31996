import fc from 'fast-check'
import type { ActivationKind, Layer, Network } from '#common/network/graph.ts'
import { activationKinds } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'

type Step = {
  kind: string
  activation: ActivationKind
  filters: number
  kernel: number
  stride: number
  padding: number
  bias: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'conv',
    'depthwise',
    'batchnorm',
    'relu',
    'relu6',
    'maxpool',
    'avgpool',
    'residual',
    'projected',
    'concat',
    'concat-add',
    'grouped',
    'dilated',
    'dilated-depthwise',
    'activation',
    'gated',
    'squeezed',
    'shuffled',
  ),
  activation: fc.constantFrom(...activationKinds),
  filters: fc.integer({ min: 1, max: 4 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  padding: fc.integer({ min: 0, max: 1 }),
  bias: fc.boolean(),
})

/**
 * Small networks with shortcuts, depthwise convolutions, convolutions in groups, gaps in kernels, gates, concatenations,
 * odd windows and strides; behind them a global
 * pool or a flatten and a dense layer. Every step is a unit.
 */
export const branchingNetwork: fc.Arbitrary<Network> = fc
  .record({
    size: fc.integer({ min: 4, max: 8 }),
    steps: fc.array(step, { minLength: 2, maxLength: 6 }),
    pooled: fc.boolean(),
    classes: fc.integer({ min: 2, max: 4 }),
  })
  .map(({ size, steps, pooled, classes }) => {
    const layers: Layer[] = [
      { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: size, width: size },
    ]
    const network: Network = {
      name: 'branches',
      width: 1,
      classes,
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
      layers,
    }
    for (const [index, one] of steps.entries()) {
      const before = layers.length
      append(layers, `s${index}`, one)
      try {
        inferShapes(network)
      } catch {
        // A window is larger than what is left of the map: the step is left out.
        layers.length = before
      }
    }
    const unit = 'fc'
    const end = layers.at(-1)!.name
    if (pooled) layers.push({ name: 'pool', unit: 'pool', op: 'adaptivepool', inputs: [end], height: 1, width: 1 })
    layers.push({ name: 'flatten', unit, op: 'flatten', inputs: [layers.at(-1)!.name] })
    layers.push({ name: 'fc', unit, op: 'dense', inputs: ['flatten'], outputs: classes })
    return network
  })

function append(
  layers: Layer[],
  unit: string,
  { kind, activation, filters, kernel, stride, padding, bias }: Step,
): void {
  const from = layers.at(-1)!.name
  const channels = inferShapes({ layers } as unknown as Network).get(from)!.channels
  const window = { kernel, stride, padding: Math.min(padding, kernel - 1) }
  const same = { kernel: 3, stride: 1, padding: 1 }
  const conv = (name: string, count: number, input: string, shape: object = same): string => {
    layers.push({ name, unit, op: 'conv', inputs: [input], filters: count, bias, ...(shape as typeof same) })
    return name
  }
  switch (kind) {
    case 'conv':
      conv(unit, filters, from, window)
      return
    case 'depthwise':
      layers.push({ name: unit, unit, op: 'depthwise', inputs: [from], bias, ...window })
      return
    case 'batchnorm':
      layers.push({ name: unit, unit, op: 'batchnorm', inputs: [from] })
      return
    case 'relu':
      layers.push({ name: unit, unit, op: 'relu', inputs: [from] })
      return
    case 'relu6':
      layers.push({ name: unit, unit, op: 'relu', inputs: [from], max: 6 })
      return
    case 'maxpool':
    case 'avgpool':
      layers.push({ name: unit, unit, op: kind, inputs: [from], ...window })
      return
    case 'residual': {
      const main = conv(`${unit}.b`, channels, conv(`${unit}.a`, filters, from))
      layers.push({ name: unit, unit, op: 'add', inputs: [main, from] })
      return
    }
    case 'projected': {
      const [main, shortcut] = [
        conv(`${unit}.a`, filters, from, window),
        conv(`${unit}.s`, filters, from, { ...window, kernel: window.kernel }),
      ]
      layers.push({ name: unit, unit, op: 'add', inputs: [main, shortcut] })
      return
    }
    case 'concat':
      layers.push({ name: unit, unit, op: 'concat', inputs: [conv(`${unit}.a`, filters, from), from] })
      return
    case 'grouped': {
      // As in ResNeXt: blocks of channels that a convolution has made.
      const groups = 1 + (filters % 3)
      const before = conv(`${unit}.a`, groups * (1 + (kernel % 2)), from)
      layers.push({
        ...{ name: unit, unit, op: 'conv', inputs: [before], filters: groups * filters, groups, bias },
        ...{ ...window, ...(padding === 1 ? { dilation: 2, padding: 2 } : {}) },
      })
      return
    }
    case 'dilated':
      conv(unit, filters, from, { kernel, stride, padding, dilation: [2, 1 + padding] })
      return
    case 'dilated-depthwise':
      layers.push({ name: unit, unit, op: 'depthwise', inputs: [from], bias, kernel, stride, padding, dilation: 2 })
      return
    case 'activation':
      layers.push({ name: unit, unit, op: 'activation', inputs: [from], kind: activation })
      return
    case 'gated': {
      const made = conv(`${unit}.a`, filters, from)
      layers.push({
        name: `${unit}.g`,
        unit,
        op: 'activation',
        inputs: [conv(`${unit}.b`, filters, from)],
        kind: activation,
      })
      layers.push({ name: unit, unit, op: 'multiply', inputs: [made, `${unit}.g`] })
      return
    }
    case 'squeezed': {
      // Squeeze-and-excitation.
      layers.push({ name: `${unit}.p`, unit, op: 'adaptivepool', inputs: [from], height: 1, width: 1 })
      const one = { kernel: 1, stride: 1 }
      layers.push({ name: `${unit}.r`, unit, op: 'relu', inputs: [conv(`${unit}.a`, filters, `${unit}.p`, one)] })
      const gate = conv(`${unit}.b`, channels, `${unit}.r`, one)
      layers.push({ name: `${unit}.g`, unit, op: 'activation', inputs: [gate], kind: activation })
      layers.push({ name: unit, unit, op: 'multiply', inputs: [from, `${unit}.g`] })
      return
    }
    case 'shuffled': {
      // As in ShuffleNet: a part of the channels goes its own way, and then all are in another order.
      const cut = Math.max(1, Math.floor(channels / 2))
      const half = (name: string, count: number, first: number): string => {
        const chosen = Array.from({ length: count }, (_, channel) => first + channel)
        layers.push({ name, unit, op: 'select', inputs: [from], channels: chosen })
        return name
      }
      const kept = half(`${unit}.a`, cut, 0)
      const other = conv(`${unit}.c`, filters, channels > cut ? half(`${unit}.b`, channels - cut, cut) : kept)
      layers.push({ name: `${unit}.j`, unit, op: 'concat', inputs: [kept, other] })
      const all = [...Array(cut + filters).keys()]
      const order = [...all.filter((one) => one % 2 === 1), ...all.filter((one) => one % 2 === 0)]
      layers.push({ name: unit, unit, op: 'select', inputs: [`${unit}.j`], channels: order })
      return
    }
    case 'concat-add': {
      const both = conv(`${unit}.a`, filters, from)
      layers.push({ name: `${unit}.c`, unit, op: 'concat', inputs: [both, from] })
      const other = conv(`${unit}.b`, filters + channels, from)
      layers.push({ name: unit, unit, op: 'add', inputs: [`${unit}.c`, other] })
      return
    }
  }
}
