import type { LiveLook } from '#common/contract/live.ts'
import type { QuantityName } from '#common/selection/quantities.ts'
import { quantities, quantityNames } from '#common/selection/quantities.ts'

/** How times that decide came about. */
export const kindWords: Record<LiveLook['source'], string> = {
  measured: 'measured',
  modelled: 'modelled: the device is simulated',
  emulated: 'emulated',
}

/** "least latency"; a record's word as it is where nobody knows it. */
export function objectiveWords(objective: string): string {
  if (!quantityNames.some((name) => name === objective)) return objective
  const { better, title } = quantities[objective as QuantityName]
  return `${better === 'low' ? 'least' : 'most'} ${title}`
}

/** When live inference began, from its name; as local time. */
export function beganAt(name: string): string {
  const [, ...parts] = /^live-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(name) ?? []
  const [year, month, day, hour, minute, second] = parts.map(Number)
  if (year === undefined) return name
  return new Date(Date.UTC(year, month! - 1, day, hour, minute, second)).toLocaleString('sv-SE')
}
