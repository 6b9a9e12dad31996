import { readFileSync } from 'node:fs'

/** Resident bytes of a process; 0 where there is none. */
export const residentBytes = (pid: number | 'self'): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024

interface Range {
  start: bigint
  end: bigint
}

/**
 * An emulated process's resident bytes, its own and its emulator's apart. `smaps`: /proc/PID/smaps, everything the
 * emulator has mapped; `maps`: /proc/self/maps as the emulated process itself reads it, where QEMU shows what the program
 * has mapped and nothing of QEMU (guest addresses are host addresses for 64 bits on 64). Where the kernel has merged both
 * into one mapping, all of it counts as the program's.
 */
export function residentOfEmulated(maps: string, smaps: string): { own: number; emulator: number } {
  const program = maps.split('\n').flatMap((line) => rangeOf(line) ?? [])
  const sum = { own: 0, emulator: 0 }
  let inside = false
  for (const line of smaps.split('\n')) {
    const range = rangeOf(line)
    if (range) inside = program.some(({ start, end }) => start < range.end && range.start < end)
    const kB = /^Rss:\s+(\d+) kB/.exec(line)?.[1]
    if (kB !== undefined) sum[inside ? 'own' : 'emulator'] += Number(kB) * 1024
  }
  return sum
}

function rangeOf(line: string): Range | undefined {
  const match = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line)
  return match ? { start: BigInt(`0x${match[1]}`), end: BigInt(`0x${match[2]}`) } : undefined
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
