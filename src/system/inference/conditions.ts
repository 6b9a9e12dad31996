import { readdir } from 'node:fs/promises'
import { loadavg } from 'node:os'
import type { Conditions } from '#common/contract/result.ts'
import type { OtherLoad } from './load.ts'
import { outputOf, readNumber, readText } from './readings.ts'

const frequency = '/sys/devices/system/cpu/cpu0/cpufreq'

/**
 * What the machine tells of its state right now; null for what it does not tell, never 0. `others`: the load of other
 * processes since its last reading.
 */
export async function readConditions(others?: OtherLoad): Promise<Conditions> {
  const [clockMhz, temperatureC, throttled, governor, nominalKhz, otherCores, onBattery] = await Promise.all([
    clock(),
    temperature(),
    throttleFlags(),
    readText(`${frequency}/scaling_governor`),
    nominalClock(),
    others?.read() ?? null,
    battery(),
  ])
  return {
    clockMhz,
    temperatureC,
    throttled,
    governor,
    load1: process.platform === 'win32' ? null : loadavg()[0]!,
    otherCores,
    nominalMhz: nominalKhz ? nominalKhz / 1e3 : null,
    onBattery,
  }
}

/** In kHz. A PC's highest clock is a boost that no one promises: there it is the base clock. */
const nominalClock = async (): Promise<number | null> =>
  (await readNumber(`${frequency}/base_frequency`)) ?? readNumber(`${frequency}/cpuinfo_max_freq`)

/** Null where there is no battery to run on. */
async function battery(): Promise<boolean | null> {
  const root = '/sys/class/power_supply'
  const supplies = await readdir(root).catch(() => [])
  const states = await Promise.all(
    supplies.map(async (name) =>
      (await readText(`${root}/${name}/type`)) === 'Battery' && (await readText(`${root}/${name}/scope`)) !== 'Device'
        ? readText(`${root}/${name}/status`)
        : null,
    ),
  )
  const known = states.filter((state) => state !== null)
  return known.length === 0 ? null : known.includes('Discharging')
}

/**
 * The firmware's word first: on a Raspberry Pi the kernel's figure is what it asked for, not what it got
 * (raspberrypi/firmware#1469).
 */
async function clock(): Promise<number | null> {
  const measured = /^frequency\(\d+\)=(\d+)$/.exec((await outputOf('vcgencmd', 'measure_clock', 'arm')) ?? '')?.[1]
  if (measured && Number(measured) > 0) return Number(measured) / 1e6
  const kernel = await readNumber('/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq')
  if (kernel) return kernel / 1e3
  const mhz = Number(/^cpu MHz\s*:\s*([\d.]+)/m.exec((await readText('/proc/cpuinfo')) ?? '')?.[1])
  return mhz > 0 ? mhz : null
}

const processorZones = ['cpu-thermal', 'cpu_thermal', 'x86_pkg_temp', 'soc-thermal', 'soc_thermal', 'k10temp', 'acpitz']

/** The zone that is named after the processor, else the first one. */
async function temperature(): Promise<number | null> {
  const root = '/sys/class/thermal'
  const zones = (await readdir(root).catch(() => [])).filter((name) => name.startsWith('thermal_zone')).sort()
  const types = await Promise.all(zones.map((zone) => readText(`${root}/${zone}/type`)))
  const zone = processorZones.map((type) => zones[types.indexOf(type)]).find((name) => name !== undefined) ?? zones[0]
  const millidegrees = zone === undefined ? null : await readNumber(`${root}/${zone}/temp`)
  return millidegrees === null ? null : millidegrees / 1000
}

/** "0x0": nothing since boot. Only the Raspberry Pi's firmware tells. */
async function throttleFlags(): Promise<string | null> {
  const flags = /^throttled=(0x[0-9a-f]+)$/i.exec((await outputOf('vcgencmd', 'get_throttled')) ?? '')?.[1]
  return flags ?? readText('/sys/devices/platform/soc/soc:firmware/get_throttled')
}
