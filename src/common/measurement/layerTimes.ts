import type { LayerTimes } from '../contract/layerTimes.ts'
import type { Regressor } from '../latency/regressors.ts'
import { layerWork, predictLeftOut, predictMs } from '../latency/regressors.ts'
import type { FeatureShape, Layer, Network } from '../network/graph.ts'
import { inferShapes } from '../network/shapes.ts'
import { blockInterval } from './interval.ts'
import { predictionErrors } from './predictionErrors.ts'
import type { ProfiledNode } from './profile.ts'
import { median } from './statistics.ts'

/** Medians of the rounds of one head's model, without byte encoding, in ms; by partition point. */
export interface HeadRounds {
  point: string
  rounds: readonly number[]
}

/** What an operator of its own does; the rest (normalisation, activation) is fused into it where the runtime can. */
const mainOps: ReadonlySet<Layer['op']> = new Set(['conv', 'depthwise', 'dense', 'maxpool', 'avgpool', 'adaptivepool'])
const mainOperator = /Conv|Gemm|MatMul|Pool/

/**
 * The layer that an operator of an exported file computes, fused ones by what is most of the work: an operator is named
 * after the last layer whose output it writes ("/conv1.relu", with a mark of ONNX Runtime's behind it where it was laid
 * out anew; `features`: the last layer). Null for what serves several layers: the image's conversion, reordering.
 */
export function layerOfNode(
  { name, operator }: Pick<ProfiledNode, 'name' | 'operator'>,
  network: Network,
): Layer | null {
  const plain = /^features(_|$)/.test(name) ? network.layers.at(-1)!.name : name.replace(/^\//, '')
  let layer = network.layers
    .filter((one) => plain === one.name || plain.startsWith(`${one.name}_`) || plain.startsWith(`${one.name}/`))
    .reduce<Layer | undefined>((best, one) => (best && best.name.length >= one.name.length ? best : one), undefined)
  if (!layer || layer.op === 'input') return null
  const named = layer
  while (mainOperator.test(operator) && layer && !mainOps.has(layer.op)) {
    const before: string | undefined = layer.inputs[0]
    layer = network.layers.find((one) => one.name === before)
  }
  return layer?.unit === named.unit ? layer : named
}

/**
 * Times per unit of the unpruned network on the device, from two independent sources and from regressors: the runtime's
 * profile of the whole network, the differences of neighbouring heads (whole units only, by round, with an interval),
 * and what a calibration predicts; without one, each layer is predicted from the others of this network.
 */
export function layerTimes(
  network: Network,
  {
    profile,
    heads,
    regressors,
  }: {
    /** Of the head that ends at `output`. */
    profile: readonly ProfiledNode[] | null
    heads: readonly HeadRounds[]
    regressors: readonly Regressor[] | null
  },
): LayerTimes {
  const units = [...new Set(network.layers.slice(1).map(({ unit }) => unit))]
  const profiled = new Map<Layer, { ms: number; errorMs: number }>()
  let restMs = 0
  for (const node of profile ?? []) {
    const layer = layerOfNode(node, network)
    if (!layer) restMs += node.meanMs
    else {
      const { ms, errorMs } = profiled.get(layer) ?? { ms: 0, errorMs: 0 }
      profiled.set(layer, { ms: ms + node.meanMs, errorMs: Math.hypot(errorMs, node.errorMs) })
    }
  }
  const shapes = inferShapes(network)
  const predicted = predictions(network, shapes, profiled, regressors)
  const between = differences(units, heads)
  const sumOf = <T>(values: ReadonlyMap<Layer, T>, unit: string, add: (a: T, b: T) => T): T | null => {
    const own = [...values].filter(([layer]) => layer.unit === unit).map(([, value]) => value)
    return own.length === 0 ? null : own.reduce(add)
  }
  return {
    basis: regressors ? 'calibration' : 'left out',
    regressors: regressors?.map(({ kind, samples, mape }) => ({ kind, samples, mape })) ?? null,
    errors: predictionErrors(
      [...predicted].flatMap(([layer, predictedMs]) => {
        const [work, ms] = [workOf(layer, shapes), profiled.get(layer)?.ms]
        return work && ms ? [{ kind: work.kind, ms, predictedMs }] : []
      }),
    ),
    restMs: profile ? restMs : null,
    rows: units.map((unit) => ({
      unit,
      profile: sumOf(profiled, unit, (a, b) => ({ ms: a.ms + b.ms, errorMs: Math.hypot(a.errorMs, b.errorMs) })),
      difference: between.get(unit) ?? null,
      predictedMs: sumOf(predicted, unit, (a, b) => a + b),
    })),
  }
}

/**
 * Of the layers that have an operator of their own, as the profile tells (where there is none: those that always have).
 * Without a calibration every layer is predicted from the others.
 */
function predictions(
  network: Network,
  shapes: ReadonlyMap<string, FeatureShape>,
  profiled: ReadonlyMap<Layer, { ms: number }>,
  regressors: readonly Regressor[] | null,
): Map<Layer, number> {
  const layers = profiled.size > 0 ? [...profiled.keys()] : network.layers.filter(({ op }) => mainOps.has(op))
  const works = layers.flatMap((layer) => {
    const work = workOf(layer, shapes)
    return work ? [{ layer, work }] : []
  })
  if (regressors) {
    return new Map(
      works.flatMap(({ layer, work }) => {
        const ms = predictMs(regressors, work)
        return ms === null ? [] : [[layer, ms] as const]
      }),
    )
  }
  const known = works.flatMap(({ layer, work }) => {
    const ms = profiled.get(layer)?.ms
    return ms ? [{ layer, sample: { ...work, ms } }] : []
  })
  const left = predictLeftOut(known.map(({ sample }) => sample))
  return new Map(known.flatMap(({ layer }, i) => (left[i] === null ? [] : [[layer, left[i]!] as const])))
}

const workOf = (layer: Layer, shapes: ReadonlyMap<string, FeatureShape>) =>
  layerWork(layer, shapes.get(layer.inputs[0]!)!, shapes.get(layer.name)!)

/** Of heads that end at neighbouring units: what the later one costs more, in the same rounds. */
function differences(
  units: readonly string[],
  heads: readonly HeadRounds[],
): Map<string, { ms: number; ci95: [number, number] }> {
  const result = new Map<string, { ms: number; ci95: [number, number] }>()
  const at = (point: string): readonly number[] | undefined => heads.find((head) => head.point === point)?.rounds
  units.forEach((unit, index) => {
    if (index === 0) return
    const before = at(units[index - 1]!)
    const own = at(index === units.length - 1 ? 'output' : unit)
    if (!before || !own) return
    const extra = own.slice(0, before.length).map((ms, round) => ms - before[round]!)
    if (extra.length === 0) return
    const ms = median(extra)
    result.set(unit, { ms, ci95: blockInterval(extra, ms) })
  })
  return result
}
