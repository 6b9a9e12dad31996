import { blockInterval } from './interval.ts'
import { median } from './statistics.ts'
import { mannWhitney } from './verdict.ts'

/** How one candidate stands to another. */
export interface Versus {
  /** this / reference: below 1, this one is faster. */
  ratio: number
  /** 95 % interval of the ratio. */
  ci95: [number, number]
  /** Null where the difference is not significant. */
  faster: 'this' | 'reference' | null
  /** Whether the two took turns, so that ratios of single rounds are what was compared. */
  paired: boolean
}

/** Fewer rounds than that bound no median with 95 %. */
const minRounds = 6

/**
 * Two that took turns: the ratio of each round, in which both met the same machine, and the order-statistics interval of
 * their median (the inverted sign test; no distribution is assumed). The difference is significant where the interval
 * does not hold 1. Both lists are by round, in ms.
 */
export function versusInTurns(own: readonly number[], reference: readonly number[]): Versus {
  const ratios = own.slice(0, reference.length).map((value, round) => value / reference[round]!)
  const ratio = median(ratios)
  const ci95 = blockInterval(ratios, ratio)
  const faster = ratios.length < minRounds ? null : ci95[1] < 1 ? 'this' : ci95[0] > 1 ? 'reference' : null
  return { ratio, ci95, faster, paired: true }
}

/**
 * Two that were timed apart, from the medians of their blocks: significant only where the intervals of the medians do
 * not overlap and the Mann-Whitney test has p < 0.05. The interval of the ratio is the quotient of the two intervals,
 * which is wider than it need be.
 */
export function versusApart(own: readonly number[], reference: readonly number[]): Versus {
  const [a, b] = [median(own), median(reference)]
  const [ownCi, referenceCi] = [blockInterval(own, a), blockInterval(reference, b)]
  const ci95: [number, number] = [ownCi[0] / referenceCi[1], ownCi[1] / referenceCi[0]]
  const enough = Math.min(own.length, reference.length) >= minRounds
  const differ = enough && (ci95[1] < 1 || ci95[0] > 1) && mannWhitney(own, reference) < 0.05
  return { ratio: a / b, ci95, faster: differ ? (a < b ? 'this' : 'reference') : null, paired: false }
}

/** "faster by 3.1 % (95 % CI 1.2 to 5.0 %)", "slower by …" or "no significant difference". */
export function describeVersus({ ratio, ci95, faster }: Versus): string {
  if (faster === null) return `no significant difference (${percent(ratio)}, 95 % CI ${range(ci95)})`
  const sign = faster === 'this' ? -1 : 1
  const size = (value: number): string => (sign * 100 * (value - 1)).toFixed(1)
  const [low, high] = sign < 0 ? [ci95[1], ci95[0]] : ci95
  return `${faster === 'this' ? 'faster' : 'slower'} by ${size(ratio)} % (95 % CI ${size(low)} to ${size(high)} %)`
}

const percent = (ratio: number): string => `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`
const range = ([low, high]: readonly [number, number]): string => `${percent(low)} to ${percent(high)}`
