import type { Comparison } from '../contract/result.ts'
import { significant } from '../units.ts'
import type { Judged, Ordering } from './ordering.ts'
import { fastestOf, judged, rises } from './ordering.ts'

const points = (fraction: number): string => `${significant(100 * fraction)} pt`
const times = (found: readonly Judged[]): string =>
  found.map(({ candidate: { framework }, ms }) => `${framework} ${significant(ms)} ms`).join(', ')
const losses = (found: readonly Judged[]): string =>
  found.map(({ candidate: { framework, accuracyLoss } }) => `${framework} ${points(accuracyLoss)}`).join(', ')

/** Those of a framework that lose at most `maxLoss` on validation images. */
const within = (comparison: Comparison, framework: string, maxLoss: number) =>
  comparison.candidates.filter(
    (one) => one.framework === framework && comparison.baseline.validationAccuracy - one.validationAccuracy <= maxLoss,
  )
const fewestBytes = (found: readonly { payloadBytes: number }[]): number =>
  Math.min(...found.map(({ payloadBytes }) => payloadBytes))

/** SAFBMP's table, from the fastest, and from the most accurate. */
const byLatency = ['safbmp', 'ccto', 'bottlenet-pp', 'two-step', 'only-splitting'] as const
const byAccuracy = ['only-splitting', 'safbmp', 'bottlenet-pp', 'ccto', 'two-step'] as const

export const codecOrderings: readonly Ordering[] = [
  {
    framework: 'bottlenet',
    section: '8.7',
    claim: 'BottleNet sends fewer bytes than the image as JPEG, inside the same bound',
    published: 'up to 84 times fewer [K]; on images of 32 × 32 the gain is small',
    observe(comparison) {
      const [own, image] = ['bottlenet', 'cloud-only'].map((name) => within(comparison, name, comparison.maxLoss))
      const jpeg = image!.filter(({ codec }) => codec.includes('jpeg'))
      if (own!.length === 0 || jpeg.length === 0) return null
      const [bytes, sent] = [fewestBytes(own!), fewestBytes(jpeg)]
      return { holds: bytes < sent, observed: `${significant(bytes)} and ${significant(sent)} B` }
    },
  },
  {
    framework: 'bottlenet-pp',
    section: '9.7',
    claim: 'at most 2 points of accuracy are lost at 1/64 of the features, or 1/256 of their bits',
    published: 'below 2 points at 64 and 256 times less [R]',
    observe(comparison) {
      const widest = new Map(
        comparison.candidates
          .filter(({ framework, codec }) => framework === 'only-splitting' && codec === 'float32')
          .map(({ partitionPoint, elements }) => [partitionPoint, elements]),
      )
      const small = comparison.candidates.filter(
        ({ framework, partitionPoint, elements }) =>
          framework === 'bottlenet-pp' && elements * 64 <= (widest.get(partitionPoint) ?? 0),
      )
      if (small.length === 0) return null
      const least = Math.min(...small.map(({ accuracyLoss }) => accuracyLoss))
      return { holds: least <= 0.02, observed: `${points(least)} on test images at best` }
    },
  },
  {
    framework: 'bottlenet-pp',
    section: '9.7',
    claim: 'BottleNet++ needs fewer bits than BottleNet inside the same bound',
    published: 'the same [R]',
    observe(comparison) {
      const [own, other] = ['bottlenet-pp', 'bottlenet'].map((name) => within(comparison, name, comparison.maxLoss))
      const digital = own!.filter(({ symbols }) => symbols === undefined)
      if (digital.length === 0 || other!.length === 0) return null
      const [bytes, more] = [fewestBytes(digital), fewestBytes(other!)]
      return { holds: bytes < more, observed: `${significant(bytes)} and ${significant(more)} B` }
    },
  },
  {
    framework: 'ccto',
    section: '10.7',
    claim: 'CCTO is faster than BottleNet++ inside the bound, at 1 Mbit/s',
    published: 'ratios of 0.81 (VGG16) and 0.91 (ResNet18) [S]',
    observe(comparison) {
      const found = fastestOf(comparison, ['ccto', 'bottlenet-pp'])
      if (!found) return null
      const ratio = found[0]!.ms / found[1]!.ms
      return { holds: ratio < 1, observed: `a ratio of ${significant(ratio)}` }
    },
  },
  {
    framework: 'ccto',
    section: '10.7',
    claim: 'CCTO loses no less accuracy than BottleNet++: its gain is time',
    published: '1.69 to 1.57 pt (VGG16), 1.65 to 1.16 pt (ResNet18) [S]',
    observe(comparison) {
      const found = fastestOf(comparison, ['ccto', 'bottlenet-pp'])
      if (!found) return null
      const [own, other] = found.map(({ candidate }) => candidate.accuracyLoss) as [number, number]
      return { holds: own >= other, observed: losses(found) }
    },
  },
  {
    framework: 'safbmp',
    section: '11.9',
    claim: 'latency at 1 Mbit/s: SAFBMP < CCTO < BottleNet++ < two-step < only-splitting inside the network',
    published: '0.173, 0.203, 0.252, 0.303 of only-splitting (VGG16) [S]',
    observe(comparison) {
      const found = fastestOf(internal(comparison), byLatency)
      return found && { holds: rises(found.map(({ ms }) => ms)), observed: times(found) }
    },
  },
  {
    framework: 'safbmp',
    section: '11.9',
    claim: 'accuracy: only-splitting > SAFBMP > BottleNet++ > CCTO > two-step',
    published: 'losses 0, 0.89, 1.57, 1.69, 2.46 pt (VGG16) [S]',
    observe(comparison) {
      const found = fastestOf(internal(comparison), byAccuracy)
      return found && { holds: rises(found.map(({ candidate }) => candidate.accuracyLoss)), observed: losses(found) }
    },
  },
  {
    framework: 'safbmp',
    section: '11.9',
    claim: 'SAFBMP loses less than a point',
    published: '0.27 to 0.89 pt on four networks [S]',
    observe(comparison) {
      const [best] = judged(comparison, 'safbmp')
      return best
        ? { holds: best.candidate.accuracyLoss < 0.01, observed: `${points(best.candidate.accuracyLoss)}, its fastest` }
        : null
    },
  },
  {
    framework: 'jscc',
    section: '12.6 (i)',
    claim: 'at most 2 points lost, JSCC needs fewer uses of the channel than BottleNet++ on the same channel model',
    published: 'up to 1024 times fewer at the same computation [S]',
    observe(comparison) {
      const uses = (framework: string): number =>
        Math.min(...within(comparison, framework, 0.02).flatMap(({ symbols }) => symbols ?? []))
      const [own, other] = [uses('jscc'), uses('bottlenet-pp')]
      if (!Number.isFinite(own) || !Number.isFinite(other)) return null
      return { holds: own < other, observed: `${own} and ${other} symbols` }
    },
  },
  {
    framework: 'jscc',
    section: '12.6 (ii)',
    claim: 'a later cut needs fewer symbols and more MACs on the device',
    published: 'the same, pool1 to pool5 [S]',
    observe(comparison) {
      const cuts = new Map<string, { symbols: number; macs: number }>()
      for (const { framework, partitionPoint, symbols, headMacs } of comparison.candidates) {
        if (framework !== 'jscc' || symbols === undefined) continue
        const before = cuts.get(partitionPoint)
        if (!before || symbols < before.symbols) cuts.set(partitionPoint, { symbols, macs: headMacs })
      }
      if (cuts.size < 2) return null
      const found = [...cuts].sort(([, a], [, b]) => a.macs - b.macs)
      return {
        holds: rises(found.map(([, { symbols }]) => -symbols)),
        observed: found.map(([point, { symbols }]) => `${point} ${symbols}`).join(', '),
      }
    },
  },
]

/** Only-splitting as the paper has it: without sending the image and without all on the device. */
const internal = (comparison: Comparison): Comparison => ({
  ...comparison,
  candidates: comparison.candidates.filter(
    ({ framework, partitionPoint }) =>
      framework !== 'only-splitting' || (partitionPoint !== 'input' && partitionPoint !== 'output'),
  ),
})
