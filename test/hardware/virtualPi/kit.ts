/** Where the parts of the virtual Pi are, which set-up makes once per user. */
import { join } from 'node:path'
import { missing } from '../../support/requires.ts'

export type PiArch = 'arm64' | 'armhf'

/** The folder that scripts/virtual-pi/make.sh filled. Throws with the reason where there is none. */
export function kitFolder(arch: PiArch): string {
  const reason = missing(arch === 'armhf' ? 'qemu-armhf' : 'qemu-arm64')
  if (reason !== undefined) throw new Error(reason)
  return process.env.SPLITBENCH_VIRTUAL_PI!
}

export const scriptsFolder = join(import.meta.dirname, '..', '..', '..', 'scripts', 'virtual-pi')

/** Of pi and root. */
export const password = 'raspberry'
