import type { CooperativePoint, CooperativeRun } from '#common/contract/cooperativeResult.ts'
import { median } from '#common/measurement/statistics.ts'
import { significant } from '#common/units.ts'
import type { Column } from './columns.ts'
import { alignColumns, plain, wrap } from './columns.ts'
import { plusMinus, threeDigits } from './digits.ts'

const width = 120
const right = (title: string): Column => ({ title, align: 'right' })
const left = (title: string): Column => ({ title, align: 'left' })

/** A cooperative run for a terminal: what was composed and what was measured, in columns of their own. */
export function renderCooperativeTable(run: CooperativeRun): string {
  const { device, server, link, points, timing, medianError } = run
  const kinds = [...new Set(points.map(({ measuredMs }) => measuredMs.source))]
  const taken = points.map(({ calibrationMs }) => calibrationMs)
  const counts = points.map(({ measuredMs }) => measuredMs.n)
  const lines = [
    `${run.run.network} at width ${run.run.width} · head on ${device.name} (${device.cpu}) · tail on ${server.name} (${server.cpu})`,
    `link: ${link.note}${link.shaping === 'paced' && taken.length > 0 ? `; the pacing's own ${threeDigits(median(taken))} ms are measured and taken off` : ''}`,
    ...(kinds.includes('emulated') ? ['EMULATED: times of an emulated board say nothing about a real one.'] : []),
    ...(kinds.includes('modelled') ? ['SIMULATED: the device is this computer, slowed; its times are modelled.'] : []),
    '',
    ...alignColumns(
      [
        left('cut'),
        left('codec'),
        right('payload B'),
        right('device'),
        right('link'),
        right('server'),
        right('composed'),
        right('way back'),
        right('as a whole'),
        right('error %'),
      ],
      points.map(row),
    ),
    '',
    `Times in ms, batch 1, one image in flight. composed = device + link + server, each timed or computed alone in the same session; as a whole = image ready to logits back on the device, ${kinds.join(' and ') || 'measured'}, ± wider side of the median's 95 % interval, n = ${counts.length > 0 ? `${Math.min(...counts)}–${Math.max(...counts)}` : 0} in ${timing.rounds} rounds; error = (composed + way back) / as a whole − 1.`,
    `Median error over ${points.length} points: ${significant(medianError * 100)} %.`,
  ]
  return lines.flatMap((line) => wrap(plain(line), width)).join('\n')
}

function row(point: CooperativePoint): string[] {
  const step = point.step ? ` (${point.step})` : ''
  const name = point.framework === 'only-splitting' ? '' : ` ${point.framework}${step}`
  return [
    `${point.partitionPoint}${name}`,
    point.codec,
    significant(point.payloadBytes, 4),
    threeDigits(point.deviceMs.median),
    threeDigits(point.transmissionMs),
    threeDigits(point.serverMs.median),
    threeDigits(point.composedMs),
    point.answerWayMs === 0 ? '–' : threeDigits(point.answerWayMs),
    `${threeDigits(point.measuredMs.median)} ${plusMinus(point.measuredMs.median, point.measuredMs.ci95)}`,
    `${point.error > 0 ? '+' : ''}${(point.error * 100).toFixed(1)}`,
  ]
}
