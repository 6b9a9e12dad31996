import { layerMacs } from '../network/cost.ts'
import { weightShapes } from '../network/graph.ts'
import { elements, inferShapes } from '../network/shapes.ts'
import type { Model } from '../network/weights.ts'
import type { Codebooks } from './codebooks.ts'
import type { ProductLayout } from './layout.ts'
import { channelsOf } from './layout.ts'

/** What a head costs for one image when its quantised layers look their products up. */
export interface LookupCost {
  /** Multiply-accumulates: those of the tables, and of layers that stayed as they were. */
  macs: number
  /** Numbers that are looked up and added. */
  lookups: number
  /** Of the same head as ordinary layers. */
  denseMacs: number
  /** Codewords (32 bits a number), assignments (log₂ K bits each) and what stayed, in bits (frameworks.md §14, 5). */
  bits: number
}

/** Counts a head up to and including `last`; `books` holds the layers that look up. */
export function lookupCost(
  { network, weights }: Model,
  last: string,
  books: ReadonlyMap<string, { layout: ProductLayout; books: Codebooks }>,
): LookupCost {
  const shapes = inferShapes(network)
  const cost: LookupCost = { macs: 0, lookups: 0, denseMacs: 0, bits: 0 }
  const end = network.layers.findIndex(({ name }) => name === last)
  for (const layer of network.layers.slice(1, end + 1)) {
    const [input, output] = [shapes.get(layer.inputs[0]!)!, shapes.get(layer.name)!]
    const dense = layerMacs(layer, input, output)
    cost.denseMacs += dense
    const own = books.get(layer.name)
    for (const name of Object.keys(weightShapes(layer, input))) {
      if (!(own && name === `${layer.name}.weight`)) cost.bits += 32 * weights.get(name)!.length
    }
    if (!own) {
      cost.macs += dense
      continue
    }
    const { layout } = own
    const { count, words, assignments } = own.books
    const positions = layer.op === 'conv' ? elements(input) / input.channels : 1
    for (let m = 0; m < layout.subspaces; m++) cost.macs += positions * channelsOf(layout, m) * count
    cost.lookups += elements(output) * layout.taps * layout.subspaces
    cost.bits += 32 * words.length + Math.ceil(Math.log2(Math.max(2, count))) * assignments.length
  }
  return cost
}

/** How many times less than the dense head, if a look-up with its addition took as long as a multiply-accumulate. */
export const theoreticalSpeedUp = ({ macs, lookups, denseMacs }: Omit<LookupCost, 'bits'>): number =>
  denseMacs / (macs + lookups)
