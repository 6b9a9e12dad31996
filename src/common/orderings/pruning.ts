import { pointOrder } from '../charts/series.ts'
import type { Candidate, Comparison } from '../contract/result.ts'
import { logRates } from '../selection/byRate.ts'
import { significant } from '../units.ts'
import type { Ordering } from './ordering.ts'
import { judged } from './ordering.ts'

/** Mbit/s, from the slowest up: where the fastest cut is looked for. */
const rates = logRates(0.25, 20, 12)
const rawElements = ({ dataset }: Comparison): number => 3 * dataset.size ** 2

/** The fastest cut of the unpruned network with 8-bit features, or where one of the ends is faster, that. */
function cutsByRate(comparison: Comparison): { rate: number; best: Candidate }[] | null {
  const found = rates.map((rate) => {
    const all = judged(comparison, 'only-splitting', { link: String(Number(rate.toPrecision(3))) })
    const best = all.find(
      ({ candidate: { codec, partitionPoint } }) => codec === 'uint8' || partitionPoint === 'output',
    )
    return best && { rate, best: best.candidate }
  })
  return found.every((one) => one !== undefined) ? found : null
}

const isEnd = ({ partitionPoint }: Candidate): boolean => partitionPoint === 'input' || partitionPoint === 'output'

/** Elements at the points of a step, by point. */
const elementsOf = ({ candidates }: Comparison, framework: string, step: string | null): Map<string, number> =>
  new Map(
    candidates
      .filter((one) => one.framework === framework && one.step === step && !isEnd(one))
      .map(({ partitionPoint, elements }) => [partitionPoint, elements]),
  )

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

export const pruningOrderings: readonly Ordering[] = [
  {
    framework: 'only-splitting',
    section: '5.5 (i)',
    needs: ['only-splitting'],
    claim: 'a cut that sends more than the image is never the fastest',
    published: 'the first convolutions of VGG16 send 21 times the image [C]',
    observe(comparison) {
      const cuts = cutsByRate(comparison)
      if (!cuts) return null
      const raw = rawElements(comparison)
      const larger = cuts.filter(({ best }) => best.partitionPoint !== 'output' && best.elements > raw)
      return {
        holds: larger.length === 0,
        observed: `the fastest cuts send at most ${significant(Math.max(...cuts.map(({ best }) => best.elements / raw)))} of the image's elements`,
      }
    },
  },
  {
    framework: 'only-splitting',
    section: '5.5 (ii)',
    needs: ['only-splitting'],
    claim: 'an end (send the image, or all on the device) is the fastest at most rates',
    published: 'an internal optimum only where pooling shrinks below the image [K]',
    observe(comparison) {
      const cuts = cutsByRate(comparison)
      if (!cuts) return null
      const ends = cuts.filter(({ best }) => isEnd(best)).length
      return { holds: 2 * ends > cuts.length, observed: `at ${ends} of ${cuts.length} rates` }
    },
  },
  {
    framework: 'only-splitting',
    section: '5.5 (iii)',
    needs: ['only-splitting'],
    claim: 'a lower rate moves the fastest cut to later layers',
    published: 'the same [K]',
    observe(comparison) {
      const cuts = cutsByRate(comparison)
      if (!cuts) return null
      const order = pointOrder(comparison)
      const places = cuts.map(({ best }) => (best.partitionPoint === 'input' ? -1 : order.indexOf(best.partitionPoint)))
      const [first, last] = [places[0]!, places.at(-1)!]
      if (places.every((place) => place === first)) {
        return { holds: false, observed: `${cuts[0]!.best.partitionPoint} at all ${cuts.length} rates: nothing moves` }
      }
      return {
        holds: first > last && places.every((place, index) => index === 0 || place <= places[index - 1]!),
        observed: `from ${cuts[0]!.best.partitionPoint} at ${significant(rates[0]!)} to ${cuts.at(-1)!.best.partitionPoint} at ${significant(rates.at(-1)!)} Mbit/s`,
      }
    },
  },
  {
    framework: 'only-splitting',
    section: '5.5 (iv)',
    needs: ['only-splitting'],
    claim: 'cuts at the ends never hurt, and halve the latency at 1 Mbit/s',
    published: 'more than twice below 1 Mbit/s, computed from the published rows [C]',
    observe(comparison) {
      const all = judged(comparison, 'only-splitting')
      const inside = all.find(({ candidate }) => !isEnd(candidate))
      const [best] = all
      if (!inside || !best) return null
      const ratio = inside.ms / best.ms
      return {
        holds: ratio >= 2,
        observed: `${significant(ratio)} times: ${inside.candidate.partitionPoint} inside, ${best.candidate.partitionPoint} with the ends`,
      }
    },
  },
  {
    framework: 'two-step',
    section: '7.7',
    needs: ['two-step'],
    claim: 'step 2 sends at most 3 times the image everywhere, and below 0.4 of it from pool2 on',
    published: 'at most 3 and 0.19 of it, by the authors’ logs [R]',
    observe(comparison) {
      const elements = elementsOf(comparison, 'two-step', 'step2')
      const order = pointOrder(comparison)
      const shares = [...elements].map(([point, count]) => ({ point, share: count / rawElements(comparison) }))
      const late = shares.filter(({ point }) => order.indexOf(point) >= order.indexOf('pool2'))
      if (late.length === 0 || !order.includes('pool2')) return null
      const most = (all: typeof shares): number => Math.max(...all.map(({ share }) => share))
      return {
        holds: most(shares) <= 3 && most(late) < 0.4,
        observed: `at most ${significant(most(shares))} of it, from pool2 on ${significant(most(late))}`,
      }
    },
  },
  {
    framework: 'two-step',
    section: '7.7',
    needs: ['two-step'],
    claim: 'step 2 sends between 1/5 and 1/8 of what step 1 sends',
    published: '1/5 to 1/7.7 by the authors’ logs [C]; 25.6 times less than unpruned at best [S]',
    observe(comparison) {
      const [first, second] = ['step1', 'step2'].map((step) => elementsOf(comparison, 'two-step', step)) as [
        Map<string, number>,
        Map<string, number>,
      ]
      const ratios = [...second].flatMap(([point, count]) => (first.has(point) ? [first.get(point)! / count] : []))
      if (ratios.length === 0) return null
      const middle = median(ratios)
      return {
        holds: middle >= 5 && middle <= 8,
        observed: `1/${significant(middle)} in the middle, 1/${significant(Math.min(...ratios))} to 1/${significant(Math.max(...ratios))}`,
      }
    },
  },
  {
    framework: 'two-step',
    section: '7.7',
    needs: ['only-splitting', 'two-step'],
    claim: 'the gain over the unpruned network rises with the rate: 3G, 4G, WiFi',
    published: '4.81× at WiFi [S]; 2.55×, 3.53×, 4.90× reconstructed [C]',
    observe(comparison) {
      const gains = ['3g', '4g', 'wifi'].map((link) => {
        const [plain] = judged(comparison, 'only-splitting', { link })
        const [pruned] = judged(comparison, 'two-step', { link })
        return plain && pruned ? plain.ms / pruned.ms : null
      })
      if (gains.some((gain) => gain === null)) return null
      const [slow, middle, fast] = gains as [number, number, number]
      return {
        holds: slow < middle && middle < fast,
        observed: `${significant(slow)}×, ${significant(middle)}×, ${significant(fast)}×`,
      }
    },
  },
]
