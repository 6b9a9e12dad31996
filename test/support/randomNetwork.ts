import fc from 'fast-check'
import type { Layer, Network } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'

const step = fc.record({
  op: fc.constantFrom('conv', 'batchnorm', 'relu', 'maxpool' as const),
  filters: fc.integer({ min: 1, max: 5 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  padding: fc.integer({ min: 0, max: 2 }),
  bias: fc.boolean(),
})

/**
 * Small sequential networks of every kind of layer in any order, on images of 4 to 9 pixels; each layer is a unit of its
 * own, so that every one is a partition point.
 */
export const randomNetwork: fc.Arbitrary<Network> = fc
  .record({
    size: fc.integer({ min: 4, max: 9 }),
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    flatten: fc.boolean(),
    hidden: fc.option(fc.integer({ min: 1, max: 6 })),
    classes: fc.integer({ min: 2, max: 5 }),
  })
  .map(({ size, steps, flatten, hidden, classes }) => {
    const layers: Layer[] = [{ ...named('input', []), op: 'input', channels: 3, height: size, width: size }]
    const network: Network = { name: 'tiny', width: 1, classes, mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3], layers }
    const add = (layer: Layer): void => {
      layers.push(layer)
      try {
        inferShapes(network)
      } catch {
        // The window is larger than what is left of the map: leave the layer out.
        layers.pop()
      }
    }
    const next = (op: string) => named(`${op}${layers.length}`, [layers.at(-1)!.name])
    for (const { op, filters, kernel, stride, padding, bias } of steps) {
      if (op === 'conv') add({ ...next(op), op, filters, kernel, stride, padding: Math.min(padding, kernel - 1), bias })
      else if (op === 'maxpool') add({ ...next(op), op, kernel, stride })
      else add({ ...next(op), op })
    }
    if (flatten) add({ ...next('flatten'), op: 'flatten' })
    if (hidden !== null) {
      add({ ...next('dense'), op: 'dense', outputs: hidden })
      add({ ...next('relu'), op: 'relu' })
    }
    add({ ...next('dense'), op: 'dense', outputs: classes })
    return network
  })

const named = (name: string, inputs: string[]) => ({ name, unit: name, inputs })
