import type { ModelProfile } from '#common/contract/modelProfile.ts'
import { describeLink } from '#common/latency/links.ts'
import { describeFlips, describeModel, uint8Note } from '#common/latency/profileWords.ts'
import { formatBytes, formatMacs } from '#common/units.ts'
import { alignColumns, plain, wrap } from '../columns.ts'
import { plusMinus, threeDigits } from '../digits.ts'

const width = 110

/** A profile for the terminal: cuts with their times, the best one per link, and where it flips. */
export function renderProfileTable(profile: ModelProfile): string {
  const { model, device, server, cuts, best, byRate, link, timing, found, skipped } = profile
  const right = (title: string) => ({ title, align: 'right' as const })
  const source = (side: 'deviceMs' | 'serverMs'): string => cuts[0]?.[side].source ?? 'measured'
  const winners = new Map(best.map((one) => [one.link.name, one]))
  const marks = (point: string): string =>
    best.flatMap((one) => (one.float32.point === point ? [one.link.name] : [])).join(' ')
  const lines = alignColumns(
    [
      { title: 'cut after', align: 'left' },
      right('output C×H×W'),
      right('payload'),
      right('device MACs'),
      right('parameters'),
      right(`device, ms (${source('deviceMs')})`),
      right(`server, ms (${source('serverMs')})`),
      right(`${link.name}, ms`),
      { title: 'best over', align: 'left' },
    ],
    cuts.map((cut) => [
      plain(cut.point),
      cut.shape.join('×') || '1',
      formatBytes(cut.payloadBytes),
      formatMacs(cut.headMacs),
      formatMacs(cut.headParameters),
      `${threeDigits(cut.deviceMs.median)} ${plusMinus(cut.deviceMs.median, cut.deviceMs.ci95)}`,
      `${threeDigits(cut.serverMs.median)} ${plusMinus(cut.serverMs.median, cut.serverMs.ci95)}`,
      threeDigits(cut.byLink[link.name]!.float32.endToEnd.composedMs),
      marks(cut.point),
    ]),
  )
  const table = alignColumns(
    [
      { title: 'link', align: 'left' },
      { title: 'best cut', align: 'left' },
      right('ms'),
      { title: 'with one byte per element', align: 'left' },
      right('ms'),
    ],
    [...winners.values()].map((one) => [
      describeLink(one.link),
      plain(one.float32.point),
      threeDigits(one.float32.composedMs),
      plain(one.uint8.point),
      threeDigits(one.uint8.composedMs),
    ]),
  )
  const notes = [
    `Best cut by rate: ${plain(describeFlips(byRate.float32))}; with one byte per element: ${plain(describeFlips(byRate.uint8))}.`,
    uint8Note,
    `Timing: ${timing.rule}${timing.chosen ? ' (chosen to take about a minute; --time-s sets it)' : ''}; ${timing.threads} ${timing.threads === 1 ? 'thread' : 'threads'}, batch 1, heads and tails in turns, each checked against the whole model before. Median ± wider side of its 95 % interval; end to end composed.`,
    ...(cuts.length < found
      ? [`${found} partition points; those that differ are here, --points all takes every one.`]
      : []),
    ...skipped.map(({ point, reason }) => `No cut at ${plain(point)}: ${plain(reason)}.`),
    ...(model.uncounted.length > 0 ? [`Not counted among the MACs: ${plain(model.uncounted.join(', '))}.`] : []),
    ...(source('deviceMs') === 'modelled' ? ['The device is simulated: its times are modelled.'] : []),
    ...(source('deviceMs') === 'emulated' ? ['The device is emulated: its times say nothing about a real board.'] : []),
  ]
  return [
    `${plain(describeModel(profile))} (input ${model.input.type} ${model.input.dims.join('×')}, opset ${model.opset}, ${plain(model.producer)})`,
    `device ${plain(device.name)}: ${plain(device.board ?? device.cpu)} · server ${plain(server.name)}: ${plain(server.cpu)}`,
    '',
    ...lines,
    '',
    ...table,
    '',
    ...notes.flatMap((note) => wrap(note, width)),
  ].join('\n')
}
