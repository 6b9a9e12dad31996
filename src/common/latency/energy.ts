import type { Link } from '../contract/config.ts'
import { mean, median } from '../measurement/statistics.ts'

/** One reading of a power meter: when, on the reader's monotonic clock, and how much. */
export interface PowerReading {
  atMs: number
  watts: number
}

/**
 * The Raspberry Pi 5's power chip, as `vcgencmd pmic_read_adc` prints it: per rail a current ("VDD_CORE_A current(7)=1.2A")
 * and a voltage ("VDD_CORE_V volt(15)=0.72V"). The sum of V · A over the rails that have both, in W; null where there is
 * none. It is what the rails deliver, without the chip's own losses and without what hangs on USB.
 */
export function parsePmic(text: string): number | null {
  const amperes = new Map<string, number>()
  const volts = new Map<string, number>()
  for (const line of text.split('\n')) {
    const match = /^\s*(\w+)_([AV])\s+(?:current|volt)\(\d+\)=(-?[\d.]+)[AV]\s*$/.exec(line)
    if (match) (match[2] === 'A' ? amperes : volts).set(match[1]!, Number(match[3]))
  }
  const rails = [...amperes].filter(([rail]) => volts.has(rail))
  if (rails.length === 0) return null
  return rails.reduce((sum, [rail, current]) => sum + current * volts.get(rail)!, 0)
}

/**
 * A line of a USB power meter, in W: JSON with power (W), or voltage (V) and current (A), or "5.12,0.63" (V, A), with
 * units, separators and blanks as they come ("5.12V 630mA"). Null for what is none of these: headings, half lines.
 */
export function parseMeterLine(line: string): number | null {
  const text = line.trim()
  if (text.startsWith('{')) return ofJson(text)
  const parts = [...text.matchAll(/(-?\d+(?:\.\d+)?)\s*(m?)([VAW]?)(?=[\s,;|]|$)/gi)]
  if (parts.length === 0 || /[^\d\s.,;|:=+\-mvaw]/i.test(text)) return null
  const values = parts.map(([, number, milli, unit]) => ({
    value: Number(number) * (milli ? 1e-3 : 1),
    unit: unit!.toUpperCase(),
  }))
  const watts = values.find(({ unit }) => unit === 'W')
  if (watts) return watts.value
  const [first, second] = values
  const voltage = values.find(({ unit }) => unit === 'V') ?? first
  const current = values.find(({ unit }) => unit === 'A') ?? second
  return voltage && current && voltage !== current ? voltage.value * current.value : null
}

function ofJson(text: string): number | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const entries = Object.entries(value as object).map(([key, one]) => [key.toLowerCase(), Number(one)] as const)
  const find = (...names: string[]): number | undefined =>
    entries.find(([key, number]) => names.includes(key) && Number.isFinite(number))?.[1]
  const watts = find('power', 'power_w', 'watts', 'w', 'p')
  const voltage = find('voltage', 'voltage_v', 'volts', 'v', 'u')
  const current = find('current', 'current_a', 'amps', 'amperes', 'a', 'i')
  return watts ?? (voltage !== undefined && current !== undefined ? voltage * current : null)
}

export interface MeasuredEnergy {
  /** Mean power while the work ran, and before it, in W. */
  activeW: number
  idleW: number
  /** Energy of one run, in mJ: mean power times the time that a run takes, everything that the board draws included. */
  perRunMj: number
  /** What is above idle; 0 where the difference is lost in noise. */
  aboveIdleMj: number
  /** Readings per second that the meter really gave. */
  readingsPerS: number
}

/** `runMs`: time from one run to the next while the power was read. Throws an Error without readings of both kinds. */
export function energyOf(
  idle: readonly PowerReading[],
  active: readonly PowerReading[],
  runMs: number,
): MeasuredEnergy {
  const idleW = median(idle.map(({ watts }) => watts))
  const activeW = mean(active.map(({ watts }) => watts))
  const spanS = (active.at(-1)!.atMs - active[0]!.atMs) / 1000
  return {
    activeW,
    idleW,
    perRunMj: activeW * runMs,
    aboveIdleMj: Math.max(0, activeW - idleW) * runMs,
    readingsPerS: spanS > 0 ? (active.length - 1) / spanS : 0,
  }
}

/** Power of a board while it computes and while it rests, in W: a Raspberry Pi 3B (frameworks.md §4.5), unless said. */
export const defaultBoardPower = { activeW: 3.7, idleW: 1.4 } as const

/**
 * Uplink power of a radio, P = α · rate + β in mW with the rate in Mbit/s (Huang et al., MobiSys 2012; the table of
 * JointDNN and BottleNet, frameworks.md §4.5, whose coefficients could not be confirmed at their source).
 */
export const radioPower: Readonly<Record<string, { alpha: number; beta: number }>> = {
  '3g': { alpha: 868.98, beta: 817.88 },
  '4g': { alpha: 438.39, beta: 1288.04 },
  wifi: { alpha: 283.17, beta: 132.86 },
}

/** Energy of sending, in mJ: radio power times the time on the air; null for a link whose radio is not known. */
export function radioMj(bytes: number, { name, rateMbps }: Pick<Link, 'name' | 'rateMbps'>): number | null {
  const radio = radioPower[name]
  if (!radio) return null
  const seconds = (8 * bytes) / (rateMbps * 1e6)
  return (radio.alpha * rateMbps + radio.beta) * seconds
}

/** Energy of computing for `deviceMs` on a board of that power, in mJ: all of it, and what is above idle. */
export const modelledMj = (
  deviceMs: number,
  { activeW, idleW }: { activeW: number; idleW: number } = defaultBoardPower,
): { perRunMj: number; aboveIdleMj: number } => ({
  perRunMj: activeW * deviceMs,
  aboveIdleMj: Math.max(0, activeW - idleW) * deviceMs,
})
