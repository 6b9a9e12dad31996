import type { Layer } from '../../../network/graph.ts'
import type { OnnxNode } from '../model.ts'
import type { Assembly } from './assembly.ts'
import type { ConstantValue, MapValue, Value } from './value.ts'

/** What a translation is given: one node and what it reads. All of it throws `Unsupported`, saying why. */
export interface Site {
  node: OnnxNode
  assembly: Assembly
  /** Images of the batch that the graph is followed with. */
  batch: number
  /** Version of the default operator set. */
  opset: number
  /** Undefined where the input is left out. */
  input(index: number): Value | undefined
  constant(index: number): ConstantValue | undefined
  /** A feature map; `padded`: zeros may still lie around it. */
  map(index: number, options?: { padded?: boolean }): MapValue
  /** The map with what was yet to be done to its values done: they are those of `layer`. */
  settle(value: MapValue): MapValue
  /** The same values as one vector per image in the order of NCHW, [[N], [C]]. */
  flatten(value: MapValue): MapValue
  /** Whether nothing but this node reads the layer: its weights may be changed. */
  isOwn(layer: Layer): boolean
  /** A name for the layer that the node becomes. */
  nameFor(weightsInput?: number): string
  note(text: string): void
  /** Whether what the node writes is nothing but the result of the graph. */
  isResult(): boolean
}

/** What a node writes as its first output, or as each of them. */
export type Translation = (site: Site) => Value | readonly Value[]
