import { describe, expect, it } from 'vitest'
import type { Drawing, FigureSettings } from '#common/charts/papers/drawing.ts'
import { distributionOf, featureShiftsOf, shiftOf } from '#common/charts/papers/featureShifts.ts'
import { jankowski2020Figure3 } from '#common/charts/papers/jankowski2020Figure3.ts'
import { jankowski2020Figure4, jankowski2020Figure5 } from '#common/charts/papers/jankowski2020Snr.ts'
import { safbmp2023Figure3 } from '#common/charts/papers/safbmp2023Figure3.ts'
import { safbmp2023Figure8 } from '#common/charts/papers/safbmp2023Figure8.ts'
import { safbmp2023Figure11 } from '#common/charts/papers/safbmp2023Figure11.ts'
import { safbmp2023Figure9, safbmp2023Figure10 } from '#common/charts/papers/safbmp2023Rates.ts'
import { safbmp2023Table2 } from '#common/charts/papers/safbmp2023Table2.ts'
import { shi2019Figure3 } from '#common/charts/papers/shi2019Figure3.ts'
import { shi2019Table1 } from '#common/charts/papers/shi2019Table1.ts'
import { paperTheme } from '#common/charts/paperTheme.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { bitsPerSymbol, sigmaAt } from '#common/wire/channel.ts'
import { fixtureFrameworks } from '../../../fixtures/frameworks.ts'

const seeds = [fixtureFrameworks(), fixtureFrameworks({ seed: 2, loseMore: 0.2 })]
const [first] = seeds as [(typeof seeds)[number]]
const own: FigureSettings = { gamma: null }

/** Rows of a drawing as objects by its headings. */
const table = ({ columns, rows }: Drawing) =>
  rows.map((row) => {
    expect(row).toHaveLength(columns.length)
    return Object.fromEntries(columns.map((name, index) => [name, row[index]]))
  })
interface Series {
  name: string
  type: string
  data: unknown[]
  itemStyle?: { color?: unknown }
}
const seriesOf = (drawing: Drawing) => drawing.option(paperTheme).series as Series[]
const sentMs = (bytes: number, rateMbps: number) => transmissionMs(bytes + 16, { rateMbps, rttMs: null })

it('draws what is published hollow, and never as a filled mark', () => {
  const drawings = [
    ...[shi2019Figure3(seeds), shi2019Table1(seeds), jankowski2020Figure3(seeds)],
    ...[safbmp2023Figure9(seeds, own), safbmp2023Figure10(seeds, own), safbmp2023Table2(seeds, own)],
  ]
  for (const drawing of drawings) {
    const published = seriesOf(drawing).filter(({ name }) => /^published|^authors' logs|^reconstructed/.test(name))
    expect(published.length).toBeGreaterThan(0)
    for (const one of published) expect(one).toMatchObject({ type: 'scatter', itemStyle: { color: 'transparent' } })
  }
})

it('refuses records of different settings in a figure of one network, and takes several networks where they belong', () => {
  const other = { ...fixtureFrameworks(), network: { ...first.network, name: 'resnet18' } }
  expect(() => safbmp2023Figure9([first, other], own)).toThrow(
    expect.objectContaining({ code: 'bad-data', message: expect.stringMatching(/vgg16 × 0\.25.*; resnet18 × 0\.25/) }),
  )
  const rows = table(safbmp2023Table2([first, other], own))
  expect(new Set(rows.map(({ network }) => network)).size).toBe(2)
  expect(rows.filter(({ framework }) => framework === 'safbmp').map(({ published_ms: ms }) => ms)).toEqual([
    11.34, 7.16,
  ])
})

it('will not model a device by γ where the times are those of another machine', () => {
  const board = { ...first, device: { ...first.device, kind: 'ssh' as const } }
  expect(() => safbmp2023Figure9([board], { gamma: 10 })).toThrow(expect.objectContaining({ code: 'bad-usage' }))
})

describe('Shi et al. 2019', () => {
  it('Figure 3: shares of the image and of the computation, the means of the seeds, beside the logs', () => {
    const rows = table(shi2019Figure3(seeds))
    const pool2 = rows.find(({ model, partition_point: point }) => model === 'original' && point === 'pool2')!
    // 32 maps of 8 × 8, of 3072 elements; the authors' network is four times as wide.
    expect(pool2).toMatchObject({
      sent_share_of_image_elements: 2048 / 3072,
      published_sent_share: 8192 / 3072,
      seeds: 2,
    })
    expect(pool2.published_computed_time_share).toBeCloseTo(7.21 / 24.9, 12)
    const last = rows.find(({ model, partition_point: point }) => model === 'original' && point === 'pool5')!
    expect(last.computed_share_of_unpruned_macs).toBeCloseTo(1, 3)
    const resnet = { ...first, network: { ...first.network, name: 'resnet18' } }
    expect(table(shi2019Figure3([resnet])).every(({ published_source: source }) => source === null)).toBe(true)
  })

  it('Table 1: gains, with the published one at WiFi only', () => {
    const rows = table(shi2019Table1(seeds))
    expect(rows).toHaveLength(6)
    for (const row of rows) {
      expect(row.gain_mean).toBeCloseTo(Number(row.unpruned_ms_mean) / Number(row.pruned_ms_mean), 12)
    }
    expect(rows.flatMap(({ published_gain: gain }) => gain ?? [])).toEqual([4.81])
    expect(rows.filter(({ link }) => link === '3g').map(({ reconstructed_gain: gain }) => gain)).toEqual([
      null,
      expect.closeTo(2.55, 1),
    ])
  })
})

describe('Jankowski et al. 2020', () => {
  const rate = bitsPerSymbol(10 ** 1.45)

  it('Figure 3: per cut the fewest symbols that lose at most 2 points; bits at the rate of 14.5 dB', () => {
    const rows = table(jankowski2020Figure3([first]))
    const at = (framework: string) => rows.filter((row) => row.framework === framework && row.source === 'counted here')
    // C/8 is inside at ratio 0.75 and 0.5 with 14.5 dB, at both cuts.
    expect(at('jscc').map(({ real_symbols_per_image: symbols }) => symbols)).toEqual([128, 32])
    expect(at('bottlenet-pp, symbols')[0]!.real_symbols_per_image).toBe(2048)
    expect(at('bottlenet')[0]!.real_symbols_per_image).toBeCloseTo((8 * 400) / rate, 9)
    expect(at('image as PNG')[0]!.real_symbols_per_image).toBeCloseTo((8 * 2400) / rate, 9)
    const hollow = rows.filter(({ source }) => String(source).startsWith('published'))
    expect(hollow.map(({ real_symbols_per_image: symbols }) => symbols)).toEqual([
      expect.closeTo((8 * 2400) / rate / 3, 9),
      8,
      8192,
    ])
  })

  it('says what was not run instead of drawing it', () => {
    const some = first.candidates.filter(({ framework }) => framework !== 'bottlenet')
    const rows = table(jankowski2020Figure3([{ ...first, candidates: some }]))
    expect(rows.find(({ framework }) => framework === 'bottlenet')).toMatchObject({
      real_symbols_per_image: null,
      source: expect.stringMatching(/not run/),
    })
    const none = { ...first, candidates: some.filter(({ framework }) => framework !== 'jscc') }
    for (const figure of [jankowski2020Figure3, jankowski2020Figure4, jankowski2020Figure5]) {
      expect(() => figure([none])).toThrow(expect.objectContaining({ code: 'bad-data' }))
    }
  })

  it('Figure 4: accuracy over SNR by ratio, the widest code of every cut, means and range over the seeds', () => {
    const rows = table(jankowski2020Figure4(seeds))
    expect(rows).toHaveLength(2 * 3 * 3)
    const spot = rows.find(
      (row) => row.partition_point === 'pool2' && row.share_of_filters_kept === 0.5 && row.snr_db === 7,
    )!
    const loss = 1 + 7.5 * 0.2 + 0.5 * 2
    expect(spot).toMatchObject({ real_symbols_per_image: 512, seeds: 2 })
    expect(spot.accuracy_fraction_max).toBeCloseTo(0.716 - loss / 100, 12)
    expect(spot.accuracy_fraction_min).toBeCloseTo(0.716 - loss / 100 - 0.002, 12)
    expect(spot.accuracy_fraction_mean).toBeCloseTo(0.716 - loss / 100 - 0.001, 12)
  })

  it('Figure 4 draws one model at other SNRs as its distance from its own, dashed and in the table', () => {
    const own = { channel: { kind: 'awgn', sigma: sigmaAt(14.5) }, accuracy: 0.5 } as const
    const worse = { channel: { kind: 'awgn', sigma: sigmaAt(8.5) }, accuracy: 0.45 } as const
    const candidates = first.candidates.map((one) =>
      one.step === 'C/2, 14.5 dB, ratio 0.5' && one.partitionPoint === 'pool4'
        ? { ...one, overChannels: { images: 200, draws: 10, own, others: [worse] } }
        : one,
    )
    const drawing = jankowski2020Figure4([{ ...first, candidates }])
    const [added, ...more] = table(drawing).filter((row) => row.trained_at_snr_db !== row.snr_db)
    expect(more).toEqual([])
    const loss = 1 + 0.5 * 2
    expect(added).toMatchObject({ partition_point: 'pool4', snr_db: 8.5, trained_at_snr_db: 14.5 })
    expect(added!.accuracy_fraction_mean).toBeCloseTo(0.716 - loss / 100 - 0.05, 12)
    const dashed = seriesOf(drawing).filter(({ name }) => name === 'one model, other channel')
    expect(dashed).toMatchObject([
      {
        lineStyle: { type: 'dashed' },
        data: [
          [8.5, expect.any(Number)],
          [14.5, expect.any(Number)],
        ],
      },
    ])
  })

  it('Figure 5: accuracy over SNR by symbols, at pool2 and ratio 0.5', () => {
    const rows = table(jankowski2020Figure5(seeds))
    expect(new Set(rows.map(({ real_symbols_per_image: symbols }) => symbols))).toEqual(new Set([512, 128]))
    expect(rows.every((row) => row.partition_point === 'pool2' && row.share_of_filters_kept === 0.5)).toBe(true)
    expect(rows).toHaveLength(2 * 3)
  })
})

describe('SAFBMP 2023', () => {
  it('Figure 3: distributions of the same images, and how far they are from those of the unpruned network', () => {
    const plain = Float32Array.from({ length: 1000 }, (_, index) => index / 999)
    const moved = plain.map((value) => value + 0.5)
    const [a, b] = [plain, moved].map((values) => distributionOf(values, [0, 1.5]))
    expect(shiftOf(a!, a!)).toBe(0)
    expect(shiftOf(a!, b!)).toBeCloseTo(0.5 / a!.std, 6)
    expect(a!.density.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    const sets = ['pool1', 'pool3'].flatMap((point) => [
      { point, network: 'unpruned', values: plain },
      { point, network: 'two-step, step 1', values: point === 'pool1' ? plain : moved },
    ])
    const rows = table(
      safbmp2023Figure3(featureShiftsOf([...sets, { point: 'pool5', network: 'unpruned', values: plain }], 16), 'x'),
    )
    const shifts = rows.filter(({ network }) => network !== 'unpruned')
    expect(new Set(rows.map(({ partition_point: point }) => point))).toEqual(new Set(['pool1', 'pool3']))
    expect(shifts[0]!.distance_to_unpruned_in_standard_deviations).toBe(0)
    expect(Number(shifts.at(-1)!.distance_to_unpruned_in_standard_deviations)).toBeGreaterThan(1)
    const alone = featureShiftsOf(sets.slice(0, 1), 16)
    expect(() => safbmp2023Figure3(alone, 'x')).toThrow(expect.objectContaining({ code: 'bad-data' }))
  })

  it('Figure 8: nothing on a front is beaten in both by another of its framework, and the bound holds', () => {
    const rows = table(safbmp2023Figure8(seeds))
    const of = (framework: string) => rows.filter((row) => row.framework === framework)
    const front = of('only-splitting, inside the network')
    for (const [index, row] of front.entries()) {
      if (index > 0) expect(Number(row.payload_bytes)).toBeLessThan(Number(front[index - 1]!.payload_bytes))
    }
    expect(of('safbmp').map(({ payload_bytes: bytes }) => bytes)).toEqual([128, 32])
    expect(rows.every((row) => row.accuracy_fraction === null || Number(row.accuracy_fraction) > 0.716 - 0.0501)).toBe(
      true,
    )
    expect(rows[0]).toMatchObject({ framework: 'cloud-only', codec: 'png', payload_bytes: 2400 })
  })

  it('Figures 9 and 10: the fastest inside the bound at every rate, sending the image always there', () => {
    const rows = table(safbmp2023Figure9(seeds, own))
    const safbmp = rows.filter(({ framework }) => framework === 'safbmp')
    for (const row of safbmp.slice(0, -1)) {
      const rate = Number(row.rate_mbit_per_s)
      const both = [0.5 + sentMs(128, rate) + 0.1, 1 + sentMs(32, rate) + 0.1]
      expect(row.end_to_end_ms_mean).toBeCloseTo(Math.min(...both), 9)
    }
    expect(safbmp.at(-1)).toMatchObject({ rate_mbit_per_s: 1, end_to_end_ms_mean: 11.34, seeds: null })
    expect(rows.some(({ framework }) => framework === 'cloud-only')).toBe(true)
    const slower = table(safbmp2023Figure9(seeds, { gamma: 10 })).find(
      (row) => row.framework === 'safbmp' && row.rate_mbit_per_s === 1,
    )!
    expect(slower.end_to_end_ms_mean).toBeCloseTo(5 + sentMs(128, 1) + 0.1, 9)
    const ten = table(safbmp2023Figure10(seeds, own))
    expect(new Set(ten.map(({ rate_mbit_per_s: rate }) => rate))).toEqual(new Set([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]))
  })

  it('leaves heads in int8 out of what the papers call splitting', () => {
    const fast = first.candidates.map((one) =>
      one.framework === 'only-splitting' && one.partitionPoint === 'pool4'
        ? { ...one, id: `${one.id} int8`, step: 'int8 head', payloadBytes: 1 }
        : one,
    )
    const splitting = (candidates: typeof fast) =>
      table(safbmp2023Table2([{ ...first, candidates }], own)).find(({ framework }) => framework === 'only-splitting')!
    const { end_to_end_ms_mean: ms } = splitting([
      ...first.candidates,
      ...fast.filter(({ step }) => step === 'int8 head'),
    ])
    expect(ms).toBe(splitting(first.candidates).end_to_end_ms_mean)
  })

  it('Figure 11: pruning, coding, both and neither per point; what lies outside of the bound is empty', () => {
    const bound = { ...first, maxLoss: 0.007 }
    const rows = table(safbmp2023Figure11([bound], own))
    const cell = (parts: string, point: string) =>
      rows.find((row) => row.parts === parts && row.partition_point === point)!
    expect(cell('pruning alone', 'pool2').end_to_end_ms_mean).toBeCloseTo(0.5 + sentMs(1024, 1) + 0.1, 9)
    expect(cell('coding alone', 'pool4').end_to_end_ms_mean).toBeCloseTo(2 + sentMs(32, 1) + 0.1, 9)
    // 0.8 points lost.
    expect(cell('pruning and coding', 'pool2')).toMatchObject({
      end_to_end_ms_mean: null,
      source: expect.stringMatching(/outside|nothing inside/),
    })
    expect(cell('splitting alone, 8 bit', 'pool2').end_to_end_ms_mean).not.toBeNull()
  })

  it('Table 2: ratios to only-splitting inside the network, beside the published ones', () => {
    const rows = table(safbmp2023Table2(seeds, own))
    const of = (framework: string) => rows.find((row) => row.framework === framework)!
    expect(of('only-splitting').ratio_to_only_splitting).toBe(1)
    expect(of('safbmp').published_ratio_to_only_splitting).toBeCloseTo(0.173, 3)
    expect(of('safbmp').end_to_end_ms_mean).toBeCloseTo(1 + sentMs(32, 1) + 0.1, 9)
    expect(of('safbmp').accuracy_loss_fraction).toBeCloseTo(0.009, 9)
    expect(of('ccto')).toMatchObject({ published_loss_points: 1.69, seeds: 2 })
    expect(of('cloud-only').published_ms).toBeNull()
    expect(rows.map(({ framework }) => framework).slice(0, 6)).toEqual([
      ...['cloud-only', 'only-splitting', 'two-step', 'bottlenet-pp', 'ccto', 'safbmp'],
    ])
  })
})
