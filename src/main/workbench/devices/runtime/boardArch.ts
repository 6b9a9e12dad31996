import { CodedError } from '#common/errors.ts'
import type { BoardFacts } from './probe.ts'
import type { BoardArch } from './recipes.ts'

/**
 * Which runtime a board takes. A 32-bit system on a 64-bit kernel takes the 64-bit one, which brings its own C library.
 * Throws `device-unsupported`, before anything is pushed, where there is none.
 */
export function boardArch(name: string, { system, machine }: Pick<BoardFacts, 'system' | 'machine'>): BoardArch {
  if (system !== 'Linux') throw unsupported(name, `it runs ${system}, and the runtime needs Linux`)
  if (machine === 'aarch64' || machine === 'arm64') return 'arm64'
  // "armv8l": a 32-bit system's name for a 64-bit processor.
  if (/^armv(7|8)/.test(machine)) return 'arm'
  if (machine === 'x86_64' || machine === 'amd64') return 'x64'
  if (/^armv[1-6]/.test(machine)) {
    throw unsupported(
      name,
      `its processor is an ${machine.replace(/^armv(\d).*/, 'ARMv$1')} (${machine}: Raspberry Pi 1 and Zero); Node and ONNX Runtime exist for ARMv7 and later only`,
    )
  }
  throw unsupported(name, `there is no ONNX Runtime for its processor (${machine})`)
}

const unsupported = (name: string, why: string): CodedError =>
  new CodedError(
    'device-unsupported',
    `Device ${name} cannot run heads: ${why}. Nothing was sent to it.`,
    'Use a board with a 64-bit Arm processor (Raspberry Pi 3 or later), an ARMv7 one, or a 64-bit PC.',
  )
