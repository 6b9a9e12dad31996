import type { DeviceCard, DeviceRecord } from '#common/contract/device.ts'
import { formatBytes, significant } from '#common/units.ts'
import { alignColumns, plain } from '../../workbench/reports/columns.ts'

/** How a device's times are to be read. */
export const timesOf = ({ kind, card }: Pick<DeviceRecord, 'kind'> & { card: DeviceCard | null }): string =>
  kind === 'simulated' ? 'simulated' : card?.emulated ? 'emulated' : ''

/** A card as lines of "what  value"; what the device does not tell is left out. */
export function cardLines(card: DeviceCard): string[] {
  const { conditions } = card
  const rows: [string, string | null][] = [
    ['board', card.board],
    ['SoC', card.soc],
    ['processor', `${card.cpu} (${card.arch}), ${card.cores} ${card.cores === 1 ? 'core' : 'cores'}`],
    ['memory', card.memoryBytes === null ? null : formatBytes(card.memoryBytes)],
    ['system', `${card.os}, kernel ${card.kernel}`],
    ['clock', conditions?.clockMhz == null ? null : `${significant(conditions.clockMhz, 4)} MHz now`],
    ['governor', conditions?.governor ?? null],
    ['temperature', conditions?.temperatureC == null ? null : `${significant(conditions.temperatureC)} °C now`],
    ['throttle flags', conditions?.throttled ?? null],
    ['runtime', card.runtime],
    ['agent', card.agent],
    ['emulated', card.emulated ? 'yes: its times say nothing about a real board' : null],
  ]
  const shown = rows.filter((row): row is [string, string] => row[1] !== null)
  const width = Math.max(...shown.map(([what]) => what.length))
  return shown.map(([what, value]) => `  ${what.padEnd(width)}  ${plain(value)}`)
}

export function deviceTable(devices: readonly DeviceRecord[]): string[] {
  return alignColumns(
    ['name', 'address', 'board', 'last seen', ''].map((title) => ({ title, align: 'left' as const })),
    devices.map((one) => [
      one.name,
      plain(one.address),
      plain(one.card?.board ?? one.card?.cpu ?? '–'),
      one.lastSeen ? one.lastSeen.slice(0, 16).replace('T', ' ') : 'never',
      timesOf(one),
    ]),
  )
}
