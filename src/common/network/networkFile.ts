import { z } from 'zod'
import type { Network } from './graph.ts'
import { activationKinds } from './graph.ts'
import { inferShapes } from './shapes.ts'

const count = z.number().int().positive()
const base = { name: z.string().min(1), unit: z.string().min(1), inputs: z.array(z.string()) }
const one = { ...base, inputs: z.array(z.string()).length(1) }
const several = { ...base, inputs: z.array(z.string()).min(2) }
const pad = z.number().int().nonnegative()
const windowed = {
  kernel: z.union([count, z.tuple([count, count])]),
  stride: z.union([count, z.tuple([count, count])]),
  padding: z.union([pad, z.tuple([pad, pad, pad, pad])]).optional(),
}

/** A list of more would be no feature map. */
const mostChannels = 2 ** 20
const dilated = { ...windowed, dilation: z.union([count, z.tuple([count, count])]).optional() }

const drawn = { level: z.number().nonnegative(), limit: z.number().nonnegative().nullable() }
const grid = { bits: z.number().int().min(1).max(8), low: z.number(), high: z.number() }
const pull = z.number().nonnegative()

const codecSchemas = [
  z.object({ op: z.literal('prelu'), ...one }),
  z.object({ op: z.literal('gdn'), ...one, inverse: z.boolean() }),
  z.object({ op: z.literal('power'), ...one }),
  z.object({ op: z.literal('condition'), ...one, ...drawn }),
  z.object({ op: z.literal('upsample'), ...one, factor: count }),
  z.object({ op: z.literal('transposed'), ...one, filters: count, kernel: count, bias: z.boolean() }),
  z.object({ op: z.literal('attention'), ...one, inner: count }),
  z.object({ op: z.literal('quantise'), ...one, ...grid, pull }),
  z.object({
    op: z.literal('codebook'),
    ...one,
    kind: z.enum(['scalar', 'vector']),
    size: count.optional(),
    bits: grid.bits,
    bypass: z.boolean(),
    pull,
  }),
  z.object({ op: z.literal('awgn'), ...one, ...drawn }),
  z.object({ op: z.literal('erasure'), ...one, ...drawn, ...grid }),
  z.object({ op: z.literal('jpeg'), ...one, ...grid, quality: z.number().int().min(1).max(100) }),
] as const

const layerSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('input'), ...base, channels: count, height: count, width: count }),
  z.object({
    op: z.literal('conv'),
    ...one,
    filters: count,
    ...dilated,
    bias: z.boolean(),
    groups: count.optional(),
  }),
  z.object({ op: z.literal('depthwise'), ...one, ...dilated, bias: z.boolean() }),
  z.object({ op: z.literal('batchnorm'), ...one }),
  z.object({ op: z.literal('relu'), ...one, max: z.literal(6).optional() }),
  z.object({ op: z.literal('activation'), ...one, kind: z.enum(activationKinds) }),
  z.object({ op: z.literal('maxpool'), ...one, ...windowed }),
  z.object({ op: z.literal('avgpool'), ...one, ...windowed }),
  z.object({ op: z.literal('adaptivepool'), ...one, height: count, width: count }),
  z.object({ op: z.literal('add'), ...several }),
  z.object({ op: z.literal('multiply'), ...base, inputs: z.array(z.string()).length(2) }),
  z.object({ op: z.literal('concat'), ...several }),
  z.object({ op: z.literal('select'), ...one, channels: z.array(pad).min(1).max(mostChannels) }),
  z.object({ op: z.literal('flatten'), ...one }),
  z.object({ op: z.literal('dense'), ...one, outputs: count }),
  ...codecSchemas,
])

const networkSchema = z.object({
  protocol: z.literal(1),
  name: z.string(),
  width: z.number().positive(),
  classes: count,
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
  layers: z.array(layerSchema).min(2),
})

/** JavaScript's own message quotes the file, line breaks and all. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

/** The graph of a `network.json`. Throws an Error that says what is wrong where it is no network or does not add up. */
export function parseNetwork(text: string): Network {
  const parsed = networkSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`${issue!.path.join('.') || 'network'}: ${issue!.message}`)
  }
  const { protocol: _, ...network } = parsed.data
  if (network.layers[0]!.op !== 'input') throw new Error('the first layer is not the input')
  inferShapes(network)
  return network
}
