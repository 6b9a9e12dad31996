import type { DeviceKind } from '#common/contract/device.ts'
import type { DeviceItem, DeviceState } from '#common/contract/devices.ts'
import type { Conditions } from '#common/contract/result.ts'
import { formatBytes, formatDuration, significant } from '#common/units.ts'

export const kindWords: Record<DeviceKind, string> = {
  local: 'This computer',
  ssh: 'SSH',
  serial: 'Serial line',
  simulated: 'Simulated',
}

export const stateWords: Record<DeviceState, string> = {
  idle: 'Not connected',
  connecting: 'Connecting',
  connected: 'Connected',
  busy: 'Working',
  unplugged: 'Unplugged',
  failed: 'Failed',
}

/** "just now", "5 min ago", or the day; "never". */
export function ago(at: string | null, now: number): string {
  if (at === null) return 'never'
  const seconds = (now - Date.parse(at)) / 1000
  if (seconds < 10) return 'just now'
  if (seconds < 24 * 3600) return `${formatDuration(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60)} ago`
  return new Date(at).toLocaleString('sv-SE').slice(0, 16)
}

/** What its times are: a word that stands beside every one of them; null: measured on a real machine. */
export function origin({ kind, card }: Pick<DeviceItem, 'kind' | 'card'>): 'simulated' | 'emulated' | null {
  if (kind === 'simulated') return 'simulated'
  return card?.emulated ? 'emulated' : null
}

const unknown = 'it does not tell'

export function conditionFacts(conditions: Conditions | null): [string, string][] {
  if (!conditions) return []
  const { clockMhz, governor, temperatureC, throttled, load1 } = conditions
  return [
    ['Clock', clockMhz === null ? unknown : `${significant(clockMhz, 4)} MHz`],
    ['Governor', governor ?? unknown],
    ['Temperature', temperatureC === null ? unknown : `${significant(temperatureC)} °C`],
    ['Throttle flags', throttled ?? unknown],
    ['Load', load1 === null ? unknown : significant(load1)],
  ]
}

/** The card as a list of names and values, in the order of a reader's questions. */
export function cardFacts(device: DeviceItem): [string, string][] {
  const { card } = device
  if (!card) return []
  return [
    ['Board', card.board ?? unknown],
    ['SoC', card.soc ?? unknown],
    ['Processor', `${card.cpu}, ${card.cores} ${card.cores === 1 ? 'core' : 'cores'}, ${card.arch}`],
    ['Memory', card.memoryBytes === null ? unknown : formatBytes(card.memoryBytes)],
    ['System', card.os],
    ['Kernel', card.kernel],
    ...conditionFacts(card.conditions),
    ['Runtime', card.runtime],
    ['Agent', card.agent],
  ]
}
