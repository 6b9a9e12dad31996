import { describe, expect, it } from 'vitest'
import { clockResolution } from '#common/measurement/clock.ts'
import { isSteady } from '#common/measurement/steadyState.ts'
import type { Sample, TimingLoop } from '#common/measurement/timingLoop.ts'
import { timingLoop } from '#common/measurement/timingLoop.ts'

/** A machine whose clock moves only when it works (and by `tickMs` per reading). */
function machine(costMs: (iteration: number) => number, { tickMs = 0.0001, stepMs = 0 } = {}) {
  let now = 0
  const clock = (): number => {
    now += tickMs
    return stepMs > 0 ? Math.floor(now / stepMs) * stepMs : now
  }
  const blocks: Sample[][] = []
  const abort = new AbortController()
  let pauses = 0
  const loop: TimingLoop = {
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
    await expect(timingLoop(loop)).rejects.toMatchObject({ code: 'timing-refused', message: /stands still/ })
  })

  it('refuses a clock too coarse for the work, and takes it for longer work', async () => {
    await expect(timingLoop(machine(() => 5, { stepMs: 10, tickMs: 0.01 }).loop)).rejects.toMatchObject({
      code: 'timing-refused',
      message: /steps of 10 ms/,
    })
    await timingLoop(machine(() => 250, { stepMs: 10, tickMs: 0.01 }).loop)
  })

  it('refuses a clock that jumps back in the middle', async () => {
    const { loop, jump } = machine((iteration) => (iteration === 50 ? -1000 : 5))
    await expect(timingLoop(loop)).rejects.toMatchObject({ code: 'timing-refused', message: /backwards/ })
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
