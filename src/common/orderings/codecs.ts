import { pointOrder } from '../charts/series.ts'
import type { Candidate, Comparison } from '../contract/result.ts'
import { safbmpVariant } from '../experiment/steps.ts'
import { wilson } from '../measurement/share.ts'
import { paretoFront } from '../selection/pareto.ts'
import { significant } from '../units.ts'
import type { Judged, Ordering } from './ordering.ts'
import { fastestOf, judged, rises } from './ordering.ts'

const points = (fraction: number): string => `${significant(100 * fraction)} pt`
const times = (found: readonly Judged[]): string =>
  found
    .map(
      ({ candidate: { framework }, ms, ci95: [low, high] }) =>
        `${framework} ${significant(ms)} ms [${significant(low)}, ${significant(high)}]`,
    )
    .join(', ')
/** "±": half of the 95 % interval of the accuracy on as many test images. */
const losses = (found: readonly Judged[], { dataset }: Comparison): string =>
  found
    .map(({ candidate: { framework, accuracy, accuracyLoss } }) => {
      const [low, high] = wilson(accuracy, dataset.test)
      return `${framework} ${significant(100 * accuracyLoss)} ± ${significant(50 * (high - low), 2)} pt`
    })
    .join(', ')

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
    needs: ['bottlenet', 'cloud-only'],
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
    framework: 'bottlenet',
    section: '8.7',
    needs: ['bottlenet', 'bottlenet-pp'],
    claim: 'BottleNet needs a deeper cut than BottleNet++ for the same bytes',
    published: 'the same: equal bits at an earlier cut [R]',
    observe(comparison) {
      const order = pointOrder(comparison)
      const own = within(comparison, 'bottlenet', comparison.maxLoss)
      const other = within(comparison, 'bottlenet-pp', comparison.maxLoss).filter(
        ({ symbols }) => symbols === undefined,
      )
      const bytes = fewestBytes(own)
      const first = (found: readonly Candidate[]): string | undefined =>
        found
          .filter(({ payloadBytes }) => payloadBytes <= bytes)
          .map(({ partitionPoint }) => partitionPoint)
          .sort((a, b) => order.indexOf(a) - order.indexOf(b))[0]
      const points = new Set([...own, ...other].map(({ partitionPoint }) => partitionPoint))
      const [mine, theirs] = [first(own), first(other)]
      if (points.size < 2 || mine === undefined || theirs === undefined) return null
      return {
        holds: order.indexOf(mine) > order.indexOf(theirs),
        observed: `${significant(bytes)} B at ${mine}; BottleNet++ at ${theirs}`,
      }
    },
  },
  {
    framework: 'bottlenet-pp',
    section: '9.7',
    needs: ['bottlenet-pp', 'only-splitting'],
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
    needs: ['bottlenet-pp', 'bottlenet'],
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
    needs: ['ccto', 'bottlenet-pp'],
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
    needs: ['ccto', 'bottlenet-pp'],
    claim: 'CCTO loses no less accuracy than BottleNet++: its gain is time',
    published: '1.69 to 1.57 pt (VGG16), 1.65 to 1.16 pt (ResNet18) [S]',
    observe(comparison) {
      const found = fastestOf(comparison, ['ccto', 'bottlenet-pp'])
      if (!found) return null
      const [own, other] = found.map(({ candidate }) => candidate.accuracyLoss) as [number, number]
      return { holds: own >= other, observed: losses(found, comparison) }
    },
  },
  {
    framework: 'ccto',
    section: '10.7',
    needs: ['ccto', 'only-splitting', 'two-step', 'bottlenet-pp'],
    claim: 'bits over MACs on the device: CCTO dominates splitting, pruning and coding alone',
    published: 'the same [S]',
    observe(comparison) {
      const own = within(comparison, 'ccto', comparison.maxLoss)
      // Pruning alone is step 1; coding alone BottleNet++ with bytes.
      const alone = [
        ...within(internal(comparison), 'only-splitting', comparison.maxLoss),
        ...within(comparison, 'two-step', comparison.maxLoss).filter(
          ({ step, partitionPoint }) => step === 'step1' && partitionPoint !== 'input' && partitionPoint !== 'output',
        ),
        ...within(comparison, 'bottlenet-pp', comparison.maxLoss).filter(({ symbols }) => symbols === undefined),
      ]
      const front = paretoFront(alone, [
        { value: ({ headMacs }) => headMacs, better: 'low' },
        { value: ({ payloadBytes }) => payloadBytes, better: 'low' },
      ])
      if (own.length === 0 || front.length === 0) return null
      const beaten = front.filter(({ headMacs, payloadBytes }) =>
        own.some((one) => one.headMacs <= headMacs && one.payloadBytes <= payloadBytes),
      )
      return {
        holds: beaten.length === front.length,
        observed: `at least as good in both as ${beaten.length} of ${front.length} candidates on the front of the others`,
      }
    },
  },
  {
    framework: 'safbmp',
    section: '11.9',
    needs: byLatency,
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
    needs: byAccuracy,
    claim: 'accuracy: only-splitting > SAFBMP > BottleNet++ > CCTO > two-step',
    published: 'losses 0, 0.89, 1.57, 1.69, 2.46 pt (VGG16) [S]',
    observe(comparison) {
      const found = fastestOf(internal(comparison), byAccuracy)
      return (
        found && {
          holds: rises(found.map(({ candidate }) => candidate.accuracyLoss)),
          observed: losses(found, comparison),
        }
      )
    },
  },
  {
    framework: 'safbmp',
    section: '11.9',
    needs: ['safbmp'],
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
    framework: 'safbmp',
    section: '11.9',
    needs: ['safbmp'],
    claim: 'from 1 to 5 Mbit/s the latency of SAFBMP falls, but by less than half',
    published: '"gradually", "not obvious" (Figure 10) [S]',
    observe(comparison) {
      const whole = {
        ...comparison,
        candidates: comparison.candidates.filter(({ step }) => safbmpVariant(step) === 'whole'),
      }
      const [slow, fast] = ['1', '5'].map((link) => judged(whole, 'safbmp', { link })[0]?.ms)
      if (slow === undefined || fast === undefined) return null
      return { holds: fast < slow && fast > slow / 2, observed: `${significant(slow / fast)} times faster` }
    },
  },
  {
    framework: 'jscc',
    section: '12.6 (i)',
    needs: ['jscc', 'bottlenet-pp'],
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
    needs: ['jscc'],
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
