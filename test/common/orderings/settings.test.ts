import { describe, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { checklist } from '#common/orderings/checklist.ts'
import { describeTried, tried } from '#common/selection/tried.ts'
import type { RandomChannel } from '#common/wire/channel.ts'
import { otherChannels } from '#common/wire/channel.ts'
import { fixtureFrameworks } from '../../fixtures/frameworks.ts'

const all = fixtureFrameworks()
const rowOf = (comparison: Comparison, claim: RegExp) => checklist(comparison).find((row) => claim.test(row.claim))!
/** The comparison with accuracies moved by as many points. */
const moved = (points: (step: string, framework: string) => number): Comparison => ({
  ...all,
  candidates: all.candidates.map((one) => {
    const by = points(one.step ?? '', one.framework) / 100
    return { ...one, accuracy: one.accuracy + by, accuracyLoss: one.accuracyLoss - by }
  }),
})

describe('orderings over settings of a framework', () => {
  it('of noise: pruning, bandwidth, and how accuracy falls', () => {
    const pruning = rowOf(all, /^pruning to half of the filters costs less/)
    // Ratio 0.5 beside 0.75: a quarter of a point at 0 dB, half a point above.
    expect(pruning).toMatchObject({ holds: true, observed: '0.25 pt at 0 dB, 0.5 pt at 14.5 dB' })
    const dearer = moved((step) => (/ 0 dB, ratio 0.5$/.test(step) ? -3 : 0))
    expect(rowOf(dearer, /^pruning to half/).holds).toBe(false)

    // The most symbols are 14.5 × 0.3 points ahead at 0 dB.
    expect(rowOf(all, /^fewer symbols lose more/)).toMatchObject({
      holds: true,
      observed: expect.stringMatching(/4\.35 pt/),
    })
    expect(
      rowOf(
        moved((step) => (/^C\/2, 0 dB/.test(step) ? -5 : 0)),
        /^fewer symbols lose more/,
      ).holds,
    ).toBe(false)
    expect(
      rowOf(
        moved((step) => (/^C\/8, 14.5 dB/.test(step) ? -3 : 0)),
        /^fewer symbols lose more/,
      ).holds,
    ).toBe(false)

    expect(rowOf(all, /^accuracy falls gracefully/).holds).toBe(true)
    const cliff = moved((step) => (/ 0 dB/.test(step) ? -40 : 0))
    expect(rowOf(cliff, /^accuracy falls gracefully/).holds).toBe(false)
  })

  it('of one model over channels: a cliff, and what better channels cost', () => {
    const over = (framework: string, accuracies: readonly [number, number, number, number, number]): Comparison => ({
      ...all,
      candidates: all.candidates
        .filter(({ step }) => !/ (0|7) dB/.test(step ?? ''))
        .map((one) => {
          if (one.framework !== framework) return one
          const channel: RandomChannel = /^erasure/.test(one.step ?? '')
            ? { kind: 'erasure', probability: 0.01 }
            : { kind: 'awgn', sigma: 0.1 }
          const [own, ...others] = accuracies
          const overChannels = {
            ...{ images: 200, draws: 10, own: { channel, accuracy: own } },
            others: otherChannels(channel).map((other, i) => ({ channel: other, accuracy: others[i]! })),
          }
          return { ...one, overChannels }
        }),
    })
    // Gaussian noise: 6 and 3 dB worse, 3 and 6 dB better; erasures: 3 dB better, 3, 7 and 10 dB worse.
    const claim = /one model covers better channels/
    expect(rowOf(all, claim)).toMatchObject({ holds: null, reason: expect.stringMatching(/^too few/) })
    const flat = rowOf(over('bottlenet-pp', [0.7, 0.7, 0.7, 0.7, 0.7]), claim)
    expect(flat).toMatchObject({ holds: true, observed: expect.stringMatching(/^at most 0 pt .* of 4 models$/) })
    const graceful = [0.7, 0.5, 0.62, 0.7, 0.7] as const
    const jscc = rowOf(over('jscc', graceful), /^accuracy falls gracefully/)
    expect(jscc).toMatchObject({ holds: true, observed: expect.stringMatching(/^at most 4 pt .* 12 of one model/) })
    expect(rowOf(over('jscc', [0.7, 0.4, 0.62, 0.7, 0.7]), /^accuracy falls gracefully/).holds).toBe(false)
    // As noise the first two are worse channels, as erasures the first is a better one, where 20 points are lost.
    expect(rowOf(over('bottlenet-pp', graceful), claim)).toMatchObject({
      holds: false,
      observed: expect.stringMatching(/20 pt lost at better ones/),
    })
  })

  it('of one SNR nothing is told, and the reason is said', () => {
    const { candidates } = all
    const one = { ...all, candidates: candidates.filter(({ step }) => !/ (0|7) dB/.test(step ?? '')) }
    expect(rowOf(one, /^accuracy falls gracefully/)).toMatchObject({
      holds: null,
      reason: 'too few of its settings were run, inside the bound, or timed',
    })
    const none = { ...all, candidates: candidates.filter(({ framework }) => framework !== 'ccto') }
    expect(rowOf(none, /^CCTO is faster/)).toMatchObject({ holds: null, reason: 'not run: ccto' })
  })

  it('of words of Q-CNN, fitted to responses or to weights', () => {
    const claim = /^words fitted to responses/
    expect(rowOf(all, claim)).toMatchObject({
      holds: true,
      observed: expect.stringMatching(/pool2, 32 words: 2 pt and 4 pt/),
    })
    expect(
      rowOf(
        moved((step) => (step.includes('weights') ? 3 : 0)),
        claim,
      ).holds,
    ).toBe(false)
  })

  it('of look-ups beside the same head as layers', () => {
    const lookup = { macs: 1_000, lookups: 3_000, denseMacs: 16_000, bits: 8_000, error: 1e-6 }
    const dense = all.candidates.find(({ step }) => step === '32 words, responses fitted, dense')!
    const tables = (factor: number, loss: number) => ({
      ...all,
      candidates: [
        ...all.candidates,
        {
          ...{ ...dense, id: 'tables', step: '32 words, responses fitted, lookup', lookup, accuracyLoss: loss },
          deviceMs: { ...dense.deviceMs!, median: dense.deviceMs!.median / factor },
        },
      ],
    })
    // In theory 4 times.
    expect(rowOf(tables(3, 0.01), /^the measured speed-up/)).toMatchObject({
      holds: true,
      observed: 'pool2: 3 of 4 times',
    })
    expect(rowOf(tables(5, 0.01), /^the measured speed-up/).holds).toBe(false)
    expect(rowOf(tables(3, 0.01), /^looking up is faster/).holds).toBe(true)
    expect(rowOf(tables(3, 0.03), /^looking up is faster/).holds).toBe(false)
    expect(rowOf(tables(0.5, 0.01), /^looking up is faster/).holds).toBe(false)
  })

  it('of two-step pruning: computation, the best cut, and where accuracy is lost', () => {
    const step1 = (macs: number, ms: number): Comparison => ({
      ...all,
      candidates: all.candidates.map((one) => {
        if (one.framework !== 'two-step' || one.step !== 'step1') return one
        const time = { ...one.serverMs!, median: ms }
        const at = one.partitionPoint === 'input'
        return { ...one, headMacs: 0, tailMacs: macs, ...(at && { deviceMs: { ...time, median: 0 }, serverMs: time }) }
      }),
    })
    const whole = all.candidates.find(
      ({ framework, partitionPoint }) => framework === 'only-splitting' && partitionPoint === 'input',
    )!
    const unpruned = whole.deviceMs!.median + whole.serverMs!.median
    const six = rowOf(step1(all.network.macs / 6, unpruned / 6), /^step 1 computes the whole network/)
    expect(six).toMatchObject({ holds: true, observed: '6 times in time, 6 times fewer MACs' })
    expect(rowOf(step1(all.network.macs / 6, unpruned / 2), /^step 1 computes the whole/).holds).toBe(false)

    const losing = (early: number, late: number): Comparison => {
      const step2 = all.candidates.filter(({ step }) => step === 'step2').map(({ partitionPoint }) => partitionPoint)
      const half = step2.length / 2
      return {
        ...all,
        candidates: all.candidates.map((one) =>
          one.step === 'step2'
            ? { ...one, accuracyLoss: step2.indexOf(one.partitionPoint) < half ? early : late }
            : one,
        ),
      }
    }
    expect(rowOf(losing(0.03, 0), /^early layers lose/).holds).toBe(true)
    expect(rowOf(losing(0, 0.03), /^early layers lose/).holds).toBe(false)
    expect(rowOf(all, /^at γ 5 the fastest cut/).observed).toMatch(/^\S+ at WiFi, \S+ at 3G$/)
  })

  it('of bits over MACs, of a deeper cut, and of a flat latency', () => {
    const dominates = rowOf(all, /^bits over MACs on the device/)
    expect(dominates.observed).toMatch(/of \d+ candidates on the front/)
    const small = {
      ...all,
      candidates: all.candidates.map((one) =>
        one.framework === 'ccto' ? { ...one, payloadBytes: 1, headMacs: 1 } : one,
      ),
    }
    expect(rowOf(small, /^bits over MACs on the device/).holds).toBe(true)
    // BottleNet's 100 B at pool4; BottleNet++ has as few there, and 256 at pool2.
    expect(rowOf(all, /^BottleNet needs a deeper cut/)).toMatchObject({
      holds: false,
      observed: '100 B at pool4; BottleNet++ at pool4',
    })
    const narrow = {
      ...all,
      candidates: all.candidates.map((one) => (one.step === 'erasure C/4' ? { ...one, payloadBytes: 90 } : one)),
    }
    expect(rowOf(narrow, /^BottleNet needs a deeper cut/).holds).toBe(true)
    // 1 + 0.1 ms and 48 B: 1.384 ms of sending at 1 Mbit/s … nearly half of it is gone at 5.
    expect(rowOf(all, /^from 1 to 5 Mbit/).observed).toMatch(/times faster$/)
  })
})

it('tells what was tried of each framework, symbols and image files by their names', () => {
  const png = all.candidates.find(({ id }) => id === 'png')!
  const forms = {
    candidates: [
      { ...png, codec: 'uint8 png' },
      { ...png, codec: 'uint8 jpeg 20' },
      { ...png, codec: '4-bit' },
    ],
  }
  expect(tried(forms)).toEqual([{ framework: 'cloud-only', points: ['input'], forms: ['PNG', 'JPEG', '4 bit'] }])
  expect(tried(all).find(({ framework }) => framework === 'bottlenet-pp')).toEqual({
    ...{ framework: 'bottlenet-pp', points: ['pool2', 'pool4'], forms: ['8 bit', 'symbols'] },
  })
  expect(describeTried(all)).toMatch(/ccto, safbmp, q-cnn at pool2, pool4 as 8 bit/)
})
