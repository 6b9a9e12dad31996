import type { DeviceCard } from '#common/contract/device.ts'
import { CodedError } from '#common/errors.ts'
import { armCores, isEmulated } from '../../../../system/inference/facts.ts'
import { printable } from '../printable.ts'

/** What a board told of itself; null = it does not tell. */
export interface BoardFacts {
  /** As `uname -s` and `uname -m` say. */
  system: string
  machine: string
  /** Of its programs, which may be 32 bits on a 64-bit kernel. */
  bits: 32 | 64 | null
  /** "glibc 2.36"; null where it is another C library or it does not tell. */
  libc: string | null
  freeBytes: number | null
  card: Omit<DeviceCard, 'runtime' | 'agent'>
  /** Folders of ours that are complete, relative to ~/.splitbench: "runtime/<id>", "coders/<id>", "agent/<id>". */
  present: ReadonlySet<string>
  /** Bytes of archives that an interrupted push left there, by their path relative to ~/.splitbench. */
  parts: ReadonlyMap<string, number>
}

/**
 * Reads the answer to `probeScript`. Lines of anything else (a banner, kernel messages) are passed over. Throws
 * `device-failed` where the answer is not whole: no POSIX shell, or cut off.
 */
export function parseProbe(name: string, output: string, at: Date): BoardFacts {
  const values = new Map<string, string[]>()
  for (const line of output.split('\n')) {
    const match = /splitbench:(\w+)=(.*)$/.exec(line)
    if (!match) continue
    const [, key, value] = match as unknown as [string, string, string]
    values.set(key, [...(values.get(key) ?? []), printable(value)])
  }
  const text = (key: string): string | null => values.get(key)?.[0] || null
  const number = (key: string): number | null => {
    const value = text(key)
    return value !== null && /^\d+(\.\d+)?$/.test(value) ? Number(value) : null
  }
  const machine = text('machine')
  if (text('end') === null || machine === null) {
    throw new CodedError(
      'device-failed',
      `Device ${name}: it does not answer as a POSIX shell does.`,
      'A device is a Linux machine with sh; check with a terminal that a login there gives a shell.',
    )
  }
  const board = text('board') ?? ([text('maker'), text('product')].filter((part) => part !== null).join(' ') || null)
  const memoryKb = number('memoryKb')
  const freeKb = number('freeKb')
  const arch = architecture(machine)
  const cpuInfo = `${text('cpuVendor') ? 'vendor_id : x\n' : ''}${text('cpuPart') ? 'CPU implementer : x\n' : ''}`
  return {
    system: text('system') ?? 'unknown',
    machine,
    bits: number('bits') === 32 ? 32 : number('bits') === 64 ? 64 : null,
    libc: /^glibc \d/.test(text('libc') ?? '') ? text('libc') : null,
    freeBytes: freeKb === null ? null : freeKb * 1024,
    card: {
      arch,
      os: text('os') ?? text('system') ?? 'unknown',
      cpu: text('cpuName') ?? coreName(text('cpuPart')) ?? board ?? 'unknown',
      cores: Math.max(1, Math.round(number('cores') ?? 1)),
      memoryBytes: memoryKb === null ? null : memoryKb * 1024,
      board,
      kernel: text('kernel') ?? 'unknown',
      emulated: isEmulated({ arch, cpuInfo, flag: text('emulated') ?? undefined }) || /\bqemu\b/i.test(board ?? ''),
      soc: soc(text('compatible')),
      conditions: {
        clockMhz: clock(text('firmwareClock'), number('clockKhz'), number('cpuMhz')),
        temperatureC: temperature(values.get('zone') ?? []),
        throttled: throttleFlags(text('throttled')),
        governor: text('governor'),
        load1: load(text('load')),
        otherCores: null,
        nominalMhz: null,
        onBattery: null,
      },
      at: at.toISOString(),
    },
    present: new Set((values.get('has') ?? []).filter((path) => /^(runtime|coders|agent)\/[0-9a-f]{64}$/.test(path))),
    parts: new Map((values.get('part') ?? []).flatMap(partOf)),
  }
}

/** Node's name of the machine's architecture. */
function architecture(machine: string): string {
  if (machine === 'aarch64' || machine === 'arm64') return 'arm64'
  if (/^armv/.test(machine)) return 'arm'
  if (machine === 'x86_64' || machine === 'amd64') return 'x64'
  return machine
}

const coreName = (part: string | null): string | null => (part === null ? null : (armCores[part] ?? `Arm core ${part}`))

/** The last entry of the device tree's list names the chip: "raspberrypi,4-model-b brcm,bcm2711". */
function soc(compatible: string | null): string | null {
  const chip = compatible?.split(' ').at(-1)?.split(',').at(-1)
  return chip ? chip.toUpperCase() : null
}

/** The firmware's word first: on a Raspberry Pi the kernel's figure is what it asked for, not what it got. */
function clock(firmware: string | null, kernelKhz: number | null, cpuMhz: number | null): number | null {
  const measured = Number(/^frequency\(\d+\)=(\d+)$/.exec(firmware ?? '')?.[1])
  if (measured > 0) return measured / 1e6
  return kernelKhz ? kernelKhz / 1e3 : cpuMhz || null
}

/** "throttled=0x50005" from the firmware's tool, "50005" from the kernel. */
function throttleFlags(words: string | null): string | null {
  const flags = /(?:^|=0x|^0x)([0-9a-f]+)$/i.exec(words ?? '')?.[1]
  return flags === undefined ? null : `0x${flags}`
}

/** "cpu-thermal:48250", in thousandths of a degree Celsius: the processor's zone, else the first. */
function temperature(zones: readonly string[]): number | null {
  const zone = zones.find((line) => /^(cpu|x86_pkg|soc|k10)/.test(line)) ?? zones[0]
  const millidegrees = /:(-?\d+)$/.exec(zone ?? '')?.[1]
  return millidegrees === undefined ? null : Number(millidegrees) / 1000
}

function load(averages: string | null): number | null {
  const lastMinute = Number.parseFloat(averages ?? '')
  return Number.isFinite(lastMinute) ? lastMinute : null
}

function partOf(line: string): [string, number][] {
  const match = /^(\d+) (incoming\/[0-9a-f]{64}\.tgz(?:\.part)?)$/.exec(line)
  return match ? [[match[2]!, Number(match[1])]] : []
}
