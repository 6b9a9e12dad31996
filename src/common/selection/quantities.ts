import { CodedError } from '../errors.ts'
import { formatBytes, formatMacs, formatMs, formatPercent, significant } from '../units.ts'

/** What a candidate can be judged by. Values in ms, fractions, MACs, parameters, bytes and mJ. */
export const quantityNames = ['latency', 'accuracy', 'loss', 'macs', 'head', 'payload', 'energy'] as const
export type QuantityName = (typeof quantityNames)[number]
export type Values = Readonly<Record<QuantityName, number | null>>

export interface Quantity {
  /** In a sentence: "device MACs". */
  title: string
  /** On an axis or beside a slider, with the unit of `shown`. */
  axis: string
  /** Which way is better; a limit usually bounds the other one. */
  better: 'low' | 'high'
  /** Other words that mean it. */
  aliases: readonly string[]
  /** Factor of every unit that may be typed, in lower case; '' is none. */
  units: Readonly<Record<string, number>>
  /** A number without a unit is a fraction, and so at most 1. */
  fraction: boolean
  /** The unit of axes, and how much of the stored one it is. */
  shown: { unit: string; factor: number }
  format(value: number): string
  /** A difference, without its sign. */
  formatDifference(value: number): string
}

const prefixed = (...names: string[]): Record<string, number> =>
  Object.fromEntries(
    (
      [
        ['', 1],
        ['k', 1e3],
        ['m', 1e6],
        ['g', 1e9],
      ] as const
    ).flatMap(([prefix, factor]) => ['', ...names].map((name) => [`${prefix}${name}`, factor])),
  )

const halved = (units: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(units).map(([unit, factor]) => [unit, factor / 2]))

const flops = halved(
  Object.fromEntries(Object.entries(prefixed('flop', 'flops')).filter(([unit]) => unit.includes('f'))),
)

const points = { '%': 0.01, pt: 0.01, pts: 0.01, pp: 0.01, point: 0.01, points: 0.01, '': 1 }
const pointsText = (fraction: number): string => `${significant(fraction * 100)} pt`

export const quantities: Readonly<Record<QuantityName, Quantity>> = {
  latency: {
    title: 'latency',
    axis: 'end-to-end latency (composed)',
    better: 'low',
    aliases: ['time', 'end to end', 'end-to-end'],
    units: { '': 1, ms: 1, s: 1e3, us: 1e-3, µs: 1e-3, μs: 1e-3 },
    fraction: false,
    shown: { unit: 'ms', factor: 1 },
    format: formatMs,
    formatDifference: formatMs,
  },
  accuracy: {
    title: 'accuracy',
    axis: 'accuracy on validation images',
    better: 'high',
    aliases: ['acc'],
    units: { '%': 0.01, '': 1 },
    fraction: true,
    shown: { unit: '%', factor: 0.01 },
    format: (value) => formatPercent(value),
    formatDifference: pointsText,
  },
  loss: {
    title: 'loss',
    axis: 'loss of accuracy on validation images',
    better: 'low',
    aliases: ['accuracy loss', 'max-loss'],
    units: points,
    fraction: true,
    shown: { unit: 'pt', factor: 0.01 },
    format: pointsText,
    formatDifference: pointsText,
  },
  macs: {
    title: 'device MACs',
    axis: 'MACs on the device',
    better: 'low',
    aliases: ['mac', 'device macs', 'head macs'],
    // 1 MAC = 2 FLOPs.
    units: { ...prefixed('mac', 'macs'), ...flops },
    fraction: false,
    shown: { unit: 'M', factor: 1e6 },
    format: formatMacs,
    formatDifference: formatMacs,
  },
  head: {
    title: 'head size',
    axis: 'parameters of the head',
    better: 'low',
    aliases: ['head size', 'head parameters', 'parameters', 'params'],
    units: prefixed('param', 'params', 'parameter', 'parameters'),
    fraction: false,
    shown: { unit: 'k', factor: 1e3 },
    format: (value) => `${formatMacs(value)} parameters`,
    formatDifference: (value) => `${formatMacs(value)} parameters`,
  },
  payload: {
    title: 'payload',
    axis: 'payload',
    better: 'low',
    aliases: ['bytes'],
    units: {
      ...{ '': 1, b: 1, byte: 1, bytes: 1, kb: 1e3, mb: 1e6, kib: 1024, mib: 1024 ** 2 },
      ...{ bit: 1 / 8, bits: 1 / 8, kbit: 125, mbit: 125e3 },
    },
    fraction: false,
    shown: { unit: 'B', factor: 1 },
    format: formatBytes,
    formatDifference: formatBytes,
  },
  energy: {
    title: 'energy',
    axis: 'energy of the device',
    better: 'low',
    aliases: ['device energy'],
    units: { '': 1, mj: 1, j: 1e3, uj: 1e-3, µj: 1e-3, μj: 1e-3 },
    fraction: false,
    shown: { unit: 'mJ', factor: 1 },
    format: (value) => `${significant(value)} mJ`,
    formatDifference: (value) => `${significant(value)} mJ`,
  },
}

/** The quantity that a word means, or undefined. */
export function quantityNamed(word: string): QuantityName | undefined {
  const wanted = word
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim()
  return quantityNames.find((name) => name === wanted || quantities[name].aliases.includes(wanted))
}

/** What can be asked for as the best. Loss and accuracy rank alike, so one of them is enough. */
export const objectiveNames = ['latency', 'energy', 'accuracy', 'payload', 'macs'] as const satisfies QuantityName[]
export type Objective = (typeof objectiveNames)[number]

/** Throws `unknown-name`. */
export function parseObjective(text: string): Objective {
  const name = quantityNamed(text)
  const known = objectiveNames.find((one) => one === name)
  if (known) return known
  throw new CodedError('unknown-name', `Unknown objective "${text}".`, `Objectives: ${objectiveNames.join(', ')}.`)
}
