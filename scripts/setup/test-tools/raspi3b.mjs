// What the emulated Raspberry Pi 3 of `npm run test:raspi3b` and `demo:raspi3b` is made of besides the virtual Pi's file
// system (scripts/raspi3b/make.sh): QEMU and Debian's kernel.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../lock.mjs'
import { cacheFolder, root } from '../paths.mjs'
import { run, tailOf } from '../process.mjs'
import { completeMark, raspi3bFolder, toolEnvironment } from './tool-paths.mjs'
import { provideVirtualPi } from './virtual-pi.mjs'

const timeoutMs = 10 * 60_000

/** @returns {Promise<string | undefined>} why there is none, or undefined */
export async function provideRaspi3b() {
  return (
    (await provideVirtualPi()) ??
    withLock('raspi3b', async () => {
      if (toolEnvironment().SPLITBENCH_RASPI3B !== undefined) return undefined
      for (const name of readdirSync(cacheFolder).filter((found) => /^\.?raspi3b-/.test(found))) {
        rmSync(join(cacheFolder, name), { recursive: true, force: true })
      }
      const folder = join(cacheFolder, `.raspi3b-${process.pid}`)
      mkdirSync(folder, { recursive: true })
      try {
        const made = await run('bash', [join(root, 'scripts', 'raspi3b', 'make.sh'), folder], { timeoutMs })
        if (made.code !== 0) return `the emulated board could not be made: ${tailOf(made, 1)}`
        writeFileSync(join(folder, completeMark), '')
        renameSync(folder, raspi3bFolder())
        return undefined
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  )
}
