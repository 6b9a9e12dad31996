import { describe, expect, it } from 'vitest'
import { clockResolution } from '#common/measurement/clock.ts'
import { isSteady } from '#common/measurement/steadyState.ts'
import type { Block, Run, TimingLoop, TimingRule } from '#common/measurement/timingLoop.ts'
import { orderOfRound, roundsFor, timingLoop as timeInTurns } from '#common/measurement/timingLoop.ts'

interface SingleLoop extends Omit<TimingLoop, 'sides' | 'rounds' | 'firstRound' | 'seed' | 'onBlock'> {
  run: Run
  onBlock(samples: Block['samples']): Promise<void> | void
}

/** One side alone, in one round. */
async function timingLoop({ run, onBlock, ...loop }: SingleLoop) {
  const alone = { sides: [run], rounds: 1, firstRound: 0, seed: 0 }
  const { sides, clockResolutionMs } = await timeInTurns({
    ...loop,
    ...alone,
    onBlock: ({ samples }) => onBlock(samples),
  })
  return { ...sides[0]!, clockResolutionMs }
}

/** A machine whose clock moves only when it works (and by `tickMs` per reading). */
function machine(costMs: (iteration: number) => number, { tickMs = 0.0001, stepMs = 0 } = {}) {
  let now = 0
  const clock = (): number => {
    now += tickMs
    return stepMs > 0 ? Math.floor(now / stepMs) * stepMs : now
  }
  const blocks: Block['samples'][] = []
  const abort = new AbortController()
  let pauses = 0
  const loop: SingleLoop = {
    rule: { seconds: 1, minIterations: 30 },
    clock,
    async run(iteration) {
      const start = clock()
      now += costMs(iteration)
      const end = clock()
      return { modelMs: end - start, codecMs: 0 }
    },
    onBlock: (samples) => {
      blocks.push(samples)
    },
    pause: async () => {
      pauses++
    },
    signal: abort.signal,
  }
  return { loop, blocks, abort, elapsed: () => now, pauses: () => pauses, jump: (ms: number) => (now += ms) }
}

describe('the timing loop', () => {
  it('measures for the seconds that were asked for', async () => {
    const { loop, blocks } = machine(() => 5)
    const outcome = await timingLoop(loop)
    const samples = blocks.flat()
    expect(outcome).toMatchObject({ samples: samples.length, steady: true, warmup: 15 })
    expect(samples.length).toBeGreaterThanOrEqual(199)
    expect(samples.length).toBeLessThanOrEqual(201)
    for (const { modelMs } of samples) expect(modelMs).toBeCloseTo(5, 2)
  })

  it('goes on until there are enough runs where one takes long', async () => {
    const { loop, blocks, elapsed } = machine(() => 700)
    await timingLoop(loop)
    expect(blocks.flat()).toHaveLength(30)
    expect(elapsed()).toBeGreaterThan(21_000)
  })

  it('hands over blocks about ten times a second and pauses between them', async () => {
    const { loop, blocks, pauses } = machine(() => 1)
    await timingLoop(loop)
    expect(blocks).toHaveLength(10)
    expect(pauses()).toBeGreaterThanOrEqual(10)
  })

  it('leaves the warm-up out', async () => {
    const { loop, blocks } = machine((iteration) => (iteration < 40 ? 12 - iteration / 5 : 4))
    const outcome = await timingLoop(loop)
    expect(outcome.warmup).toBeGreaterThan(40)
    expect(outcome.steady).toBe(true)
    for (const { modelMs } of blocks.flat()) expect(modelMs).toBeCloseTo(4, 2)
  })

  it('stops warming up at its bound and says that it was not steady', async () => {
    const { loop } = machine((iteration) => 5 * 1.03 ** iteration)
    expect(await timingLoop(loop)).toMatchObject({ steady: false })
  })

  it('ends within one run of a cancellation', async () => {
    const { loop, abort, blocks } = machine(() => 5)
    let runs = 0
    const run = loop.run
    loop.run = (iteration) => {
      if (++runs === 40) abort.abort()
      return run(iteration)
    }
    await expect(timingLoop(loop)).rejects.toMatchObject({ code: 'cancelled' })
    expect(runs).toBe(40)
    expect(blocks.flat().length).toBeLessThan(40)
  })

  it('refuses a clock that stands still, without looping for ever', async () => {
    const { loop } = machine(() => 0, { tickMs: 0 })
    await expect(timingLoop(loop)).rejects.toMatchObject({
      code: 'timing-refused',
      message: expect.stringMatching(/stands still/),
    })
  })

  it('refuses a clock too coarse for the work, and takes it for longer work', async () => {
    await expect(timingLoop(machine(() => 5, { stepMs: 10, tickMs: 0.01 }).loop)).rejects.toMatchObject({
      code: 'timing-refused',
      message: expect.stringMatching(/steps of 10 ms/),
    })
    await timingLoop(machine(() => 250, { stepMs: 10, tickMs: 0.01 }).loop)
  })

  it('refuses a clock that jumps back in the middle', async () => {
    const { loop, jump } = machine((iteration) => (iteration === 50 ? -1000 : 5))
    await expect(timingLoop(loop)).rejects.toMatchObject({
      code: 'timing-refused',
      message: expect.stringMatching(/backwards/),
    })
    jump(0)
  })

  it('waits for whoever takes the samples', async () => {
    const { loop } = machine(() => 5)
    let open = 0
    let most = 0
    loop.onBlock = async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setTimeout(resolve, 1))
      open--
    }
    await timingLoop(loop)
    expect(most).toBe(1)
  })
})

describe('steady', () => {
  it('is when the last three medians agree within 5 %', () => {
    expect(isSteady([1, 1])).toBe(false)
    expect(isSteady([9, 1, 1.02, 1.04])).toBe(true)
    expect(isSteady([1, 1.02, 1.06])).toBe(false)
    expect(isSteady([0, 0, 0])).toBe(true)
  })
})

describe('the resolution of a clock', () => {
  it('is its smallest step', () => {
    let reads = 0
    expect(clockResolution(() => Math.floor(reads++ / 7) * 0.25)).toBe(0.25)
  })

  it('is fine enough here', () => {
    expect(clockResolution(() => performance.now())).toBeLessThan(0.01)
  })
})

describe('several sides in turns', () => {
  const rule: TimingRule = { seconds: 1, minIterations: 20 }

  /** Sides that cost so much on a machine that grows slower all the time. */
  function drifting(costsMs: readonly number[], driftPerS = 0, firstRound = 0, seed = 1) {
    let now = 0
    const clock = (): number => {
      now += 0.0001
      return now
    }
    const blocks: Block[] = []
    const loop: TimingLoop = {
      sides: costsMs.map((cost) => async () => {
        const start = clock()
        now += cost * (1 + (driftPerS * now) / 1000)
        return { modelMs: clock() - start, codecMs: 0 }
      }),
      rule,
      rounds: 10,
      firstRound,
      seed,
      clock,
      onBlock: (block) => void blocks.push(block),
      pause: async () => {},
      signal: new AbortController().signal,
    }
    return { loop, blocks }
  }

  it('have a block in every round, each in an order of its own, and all together fulfil the rule', async () => {
    const { loop, blocks } = drifting([1, 2, 30])
    const outcome = await timeInTurns(loop)
    const orders = Array.from({ length: 10 }, (_, round) => [
      ...new Set(blocks.filter((block) => block.round === round).map(({ side }) => side)),
    ])
    for (const [round, order] of orders.entries()) {
      expect(order.toSorted()).toEqual([0, 1, 2])
      expect(order).toEqual(orderOfRound(1, round, 3))
    }
    expect(new Set(orders.map(String)).size).toBeGreaterThan(2)
    for (const side of [0, 1, 2]) {
      const samples = blocks.filter((block) => block.side === side).flatMap((block) => block.samples)
      expect(samples).toHaveLength(outcome.sides[side]!.samples)
      expect(samples.length).toBeGreaterThanOrEqual(20)
      expect(samples.reduce((sum, { modelMs }) => sum + modelMs, 0)).toBeGreaterThan(950)
    }
    const moments = blocks.map(({ atMs }) => atMs)
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
  })

  it('show equal work as equal though the machine slows down, where one after the other would not', async () => {
    const { loop, blocks } = drifting([5, 5], 0.2)
    await timeInTurns(loop)
    const mean = (side: number) => {
      const samples = blocks.filter((block) => block.side === side).flatMap((block) => block.samples)
      return samples.reduce((sum, { modelMs }) => sum + modelMs, 0) / samples.length
    }
    expect(Math.abs(mean(0) / mean(1) - 1)).toBeLessThan(0.03)
    const all = blocks.flatMap(({ samples }) => samples)
    expect(all.at(-1)!.modelMs / all[0]!.modelMs).toBeGreaterThan(1.3)
  })

  it('go on where an earlier try ended, in the order that it would have had', async () => {
    const whole = drifting([1, 2, 30])
    await timeInTurns(whole.loop)
    const rest = drifting([1, 2, 30], 0, 7)
    await timeInTurns(rest.loop)
    const sidesOf = (blocks: Block[]) =>
      blocks.filter(({ round }) => round >= 7).map(({ round, side }) => [round, side])
    expect(rest.blocks.every(({ round }) => round >= 7)).toBe(true)
    expect(sidesOf(rest.blocks)).toEqual(sidesOf(whole.blocks))
  })

  it('are refused as a whole where the clock cannot resolve one of them', async () => {
    const { loop } = drifting([5, 0.0002])
    await expect(timeInTurns(loop)).rejects.toMatchObject({
      code: 'timing-refused',
      message: expect.stringMatching(/too short/),
    })
  })

  it('take as many rounds as the rule is long', () => {
    expect(roundsFor({ seconds: 0.5, minIterations: 30 })).toBe(10)
    expect(roundsFor({ seconds: 10, minIterations: 100 })).toBe(20)
    expect(roundsFor({ seconds: 10, minIterations: 10 })).toBe(10)
    expect(roundsFor({ seconds: 0.01, minIterations: 1 })).toBe(1)
  })
})
