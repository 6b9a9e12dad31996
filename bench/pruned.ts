/**
 * What pruning buys on this computer: heads with channels removed by surgery (which ones does not matter for time), with
 * and without rounding of the counts, timed by the agent in turns with the unpruned head, one thread. The speed-up beside
 * the reduction of the MACs; the aim is 0.8 of it for rounded heads that still have more than 5 million MACs.
 *
 *   npm run bench:pruned -- [--json] [--seconds 0.6] [--only vgg16-w1] [--ratios 0.25,0.5,0.75] [--round-to 1,8,16]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { blockInterval } from '#common/measurement/interval.ts'
import { median, standardDeviation } from '#common/measurement/statistics.ts'
import { significant } from '#common/units.ts'
import { localTransport } from '../src/main/workbench/devices/childTransport.ts'
import type { Device } from '../src/main/workbench/devices/device.ts'
import { connectDevice } from '../src/main/workbench/devices/device.ts'
import { type PrunedHead, prunedHeads } from '../test/support/prunedHeads.ts'
import { headsInTurns } from './headsInTurns.ts'

/** A head, and from which size on the aim holds. */
const aim = { macs: 5e6, share: 0.8 }
const cases = [
  { name: 'vgg16-w0.25', network: 'vgg16', width: 0.25, points: ['pool3', 'pool5'] },
  { name: 'vgg16-w1', network: 'vgg16', width: 1, points: ['pool2', 'pool4'] },
  { name: 'resnet18-w1', network: 'resnet18', width: 1, points: ['layer1.1', 'layer3.1'] },
  { name: 'mobilenetv1-w1', network: 'mobilenetv1', width: 1, points: ['b5', 'b11'] },
]

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '0.6' },
    only: { type: 'string' },
    ratios: { type: 'string', default: '0.25,0.5,0.75' },
    'round-to': { type: 'string', default: '1,8,16' },
  },
})
const numbers = (text: string): number[] => text.split(',').map(Number)
const rule = { seconds: Number(values.seconds), minIterations: 30 }

interface Row {
  name: string
  median: number
  spread: number
  /** Speed-up against the unpruned head; and as a share of the reduction of the MACs. */
  ratioDefault: number
  ratioBest: number
  macs: number
  macReduction: number
  ci95: [number, number]
  roundTo: number
}

const folder = await mkdtemp(join(tmpdir(), 'splitbench-pruned-'))
const rows: Row[] = []
const device = await connectDevice(localTransport(join(folder, 'store')))
try {
  for (const { name, network, width, points } of cases) {
    if (values.only !== undefined && values.only !== name) continue
    for (const point of points) {
      const heads = await prunedHeads(join(folder, `${name}-${point}`), {
        ...{ network, width, point, ratios: numbers(values.ratios), roundings: numbers(values['round-to']) },
      })
      rows.push(...(await timed(device, `${name} ${point}`, heads)))
    }
  }
} finally {
  await device.close()
  await rm(folder, { recursive: true })
}
if (values.json) console.log(JSON.stringify({ rows }))
else print(rows)
const load = loadavg()[0]!
if (load > 1.5) console.error(`Load ${load.toFixed(1)}: other work disturbs these figures.`)

async function timed(on: Device, name: string, heads: PrunedHead[]): Promise<Row[]> {
  const medians = await headsInTurns(on, heads, rule)
  const [unpruned] = heads
  return heads.slice(1).map(({ macs, removed, roundTo }, index) => {
    const times = medians[index + 1]!
    const speedUps = times.map((ms, round) => medians[0]![round]! / ms)
    const speedUp = median(speedUps)
    const macReduction = unpruned!.macs / macs
    return {
      name: `${name}, ${Math.round(100 * removed)} % of the channels removed${roundTo > 1 ? `, rounded to ${roundTo}` : ''}, ms`,
      ...{ median: median(times), spread: standardDeviation(times), ratioDefault: speedUp },
      ...{ ratioBest: speedUp / macReduction, macs, macReduction, ci95: blockInterval(speedUps, speedUp), roundTo },
    }
  })
}

function print(all: readonly Row[]): void {
  for (const { name, median: ms, spread, ratioDefault, ratioBest, macs, macReduction, ci95 } of all) {
    const held = macs <= aim.macs ? '(small)' : ratioBest >= aim.share ? '' : 'below the aim'
    console.log(
      `${name.replace(/, ms$/, '').padEnd(70)} ${(macs / 1e6).toFixed(1).padStart(6)} M MACs, ${significant(ms)} ms ± ${significant(spread)}; MACs / ${macReduction.toFixed(2)}, speed-up ${ratioDefault.toFixed(2)} [${ci95.map((one) => one.toFixed(2)).join(', ')}], share ${ratioBest.toFixed(2)} ${held}`,
    )
  }
  for (const roundTo of new Set(all.map((row) => row.roundTo))) {
    const large = all.filter((row) => row.roundTo === roundTo && row.macs > aim.macs)
    if (large.length === 0) continue
    const kept = large.filter(({ ratioBest }) => ratioBest >= aim.share).length
    const shares = large.map(({ ratioBest }) => ratioBest)
    console.log(
      `${roundTo > 1 ? `rounded to ${roundTo}` : 'not rounded'}: ${kept} of ${large.length} heads above ${aim.macs / 1e6} M MACs have ≥ ${aim.share} × MAC reduction (least ${Math.min(...shares).toFixed(2)}, median ${median(shares).toFixed(2)})`,
    )
  }
}
