/**
 * A search for the fastest design whose accuracy loss stays inside a bound, with a budget of training. Pure: what a trial
 * is and what it costs is the oracle's; the order of trials depends on results alone, never on the budget, so that a
 * larger budget only goes on where a smaller one stopped and its answer is never slower.
 */

/** One design. Two of one family differ only in how far each knob is turned; turning one further may only cost accuracy. */
export interface Arm {
  id: string
  family: string
  /** How far each knob is turned: a larger number is the more aggressive one. Equal lengths within a family. */
  knobs: readonly number[]
  /** End to end, before it was measured, in ms: orders the trials. */
  estimateMs: number
}

/** A design may turn out to be faster than its estimate by this share: only beyond it an estimate rules one out. */
export const doubt = 0.2

export interface Oracle<A extends Arm> {
  /** End to end of the real files, in ms: nothing has to be trained for it. */
  measure(arm: A): Promise<number>
  /** Training from the rung before to this one. */
  cost(arm: A, rung: number): number
  /** Loss on validation images after this rung. Called once per rung, in order. */
  train(arm: A, rung: number): Promise<number>
}

export interface SearchOptions {
  /** Largest loss. */
  bound: number
  /** Of all trainings together, in the unit of `Oracle.cost`. */
  budget: number
  /** How far beyond the bound a loss may lie after each rung for the next one to be worth its cost; 0 at the last. */
  slack: readonly number[]
}

export interface Trial<A extends Arm> {
  arm: A
  latencyMs: number
  /** The last rung that it was trained to. */
  rung: number
  loss: number
}

export interface SearchResult<A extends Arm> {
  /** Trials inside the bound, the fastest first; of equal ones the more accurate. */
  feasible: Trial<A>[]
  /** Where nothing is inside the bound: the trial of the least loss. */
  nearest: Trial<A> | null
  trials: Trial<A>[]
  spent: number
  /** Designs that no trial was needed for: slower than what fits, or further than what does not. */
  spared: number
  /** Whether the budget ended it, rather than that there was nothing left to try. */
  exhausted: boolean
}

/**
 * Trial after trial: of the designs that could still be the answer the one whose outcome says most, whichever way it turns
 * out. A loss inside the bound rules out everything slower; one beyond it everything of the family that is turned at
 * least as far. Designs are measured before they are trained, so that nothing slow is trained; short trainings go first, and
 * only those near the bound are trained on (racing, in the manner of successive halving). What costs no training is tried
 * before anything that does.
 */
export async function search<A extends Arm>(
  arms: readonly A[],
  oracle: Oracle<A>,
  { bound, budget, slack }: SearchOptions,
): Promise<SearchResult<A>> {
  const trials: Trial<A>[] = []
  const feasible: Trial<A>[] = []
  const measured = new Map<A, number>()
  let alive = [...arms]
  let spent = 0
  let exhausted = false
  const latency = (arm: A): number => measured.get(arm) ?? arm.estimateMs
  const leastMs = (arm: A): number => measured.get(arm) ?? arm.estimateMs * (1 - doubt)
  const fastest = (): number => Math.min(...feasible.map(({ latencyMs }) => latencyMs))

  while (alive.length > 0 && !exhausted) {
    const free = alive.filter((one) => oracle.cost(one, 0) === 0)
    const arm = mostTelling(alive, latency, free.length > 0 ? free : alive)
    if (!measured.has(arm)) {
      measured.set(arm, await oracle.measure(arm))
      if (latency(arm) >= fastest()) alive = alive.filter((one) => one !== arm)
      // What it really takes may make another one the better next trial.
      continue
    }
    let trial: Trial<A> | null = null
    for (let rung = 0; rung < slack.length; rung++) {
      const cost = oracle.cost(arm, rung)
      if (spent + cost > budget) {
        exhausted = true
        break
      }
      spent += cost
      trial = { arm, latencyMs: latency(arm), rung, loss: await oracle.train(arm, rung) }
      if (trial.loss <= bound || trial.loss > bound + slack[rung]!) break
    }
    if (!trial) break
    trials.push(trial)
    if (trial.loss <= bound) {
      feasible.push(trial)
      const limit = fastest()
      alive = alive.filter((one) => one !== arm && leastMs(one) < limit)
    } else if (!exhausted) {
      alive = alive.filter((one) => one !== arm && !isFurther(one, arm))
    }
  }
  feasible.sort((a, b) => a.latencyMs - b.latencyMs || a.loss - b.loss)
  return {
    feasible,
    nearest: feasible.length > 0 ? null : leastLoss(trials),
    trials,
    spent,
    spared: arms.length - trials.length - (exhausted ? alive.filter((arm) => !tried(trials, arm)).length : 0),
    exhausted,
  }
}

/** Whether every knob of `one` is turned at least as far as `other`'s: it will not lose less. */
export const isFurther = (one: Arm, other: Arm): boolean =>
  one.family === other.family && one.knobs.every((knob, index) => knob >= other.knobs[index]!)

/**
 * The design that rules out most in the worse of its two outcomes; of equal ones the fastest, then the first. Where a
 * failure and a success would rule out equally many, half of the designs are gone after it: a bisection over several knobs.
 * `among`: which of them may be taken.
 */
export function mostTelling<A extends Arm>(
  alive: readonly A[],
  latency: (arm: A) => number,
  among: readonly A[] = alive,
): A {
  const times = alive.map(latency).sort((a, b) => a - b)
  let best = among[0]!
  let most = -1
  for (const arm of among) {
    const ifFails = alive.filter((one) => isFurther(one, arm)).length
    const ifFits = times.length - countBelow(times, latency(arm))
    const value = Math.min(ifFails, ifFits)
    if (value > most || (value === most && latency(arm) < latency(best))) {
      best = arm
      most = value
    }
  }
  return best
}

/** How many of ascending numbers are below a value. */
function countBelow(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

const tried = <A extends Arm>(trials: readonly Trial<A>[], arm: A): boolean => trials.some((one) => one.arm === arm)

const leastLoss = <A extends Arm>(trials: readonly Trial<A>[]): Trial<A> | null =>
  trials.reduce<Trial<A> | null>((best, one) => (best && best.loss <= one.loss ? best : one), null)
