// The virtual Raspberry Pi of test/hardware, made once per user from Debian's packages (scripts/virtual-pi/make.sh).
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { note } from '../console.mjs'
import { withLock } from '../lock.mjs'
import { cacheFolder, root } from '../paths.mjs'
import { run, tailOf, which } from '../process.mjs'
import { makeBoardRuntimes } from './board-runtime.mjs'
import { completeMark, toolEnvironment, virtualPiFolder } from './tool-paths.mjs'

const timeoutMs = 10 * 60_000
const keepOthersMs = 7 * 24 * 60 * 60_000
const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** @returns {Promise<string | undefined>} why there is none, or undefined */
export async function provideVirtualPi() {
  if (toolEnvironment().SPLITBENCH_VIRTUAL_PI !== undefined) return undefined
  if (process.platform !== 'linux') return 'the virtual Pi needs Linux'
  for (const program of ['apt-get', 'dpkg-deb', 'unshare', 'bash']) {
    if (which(program) === undefined) return `this system has no ${program}`
  }
  if (!existsSync(debianKeys)) return `Debian's archive keys are not here (${debianKeys})`
  return (await lacksNamespaces()) ?? withLock('virtual-pi', make)
}

/** A user namespace with a binfmt_misc of its own, so that no emulator has to be registered for the whole machine. */
async function lacksNamespaces() {
  const mount = 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && test -e /proc/sys/fs/binfmt_misc/register'
  const tried = await run('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', mount])
  if (tried.code === 0) return undefined
  return `this kernel gives no user namespace with a binfmt_misc of its own, as Linux 6.7 and newer can: ${tailOf(tried, 1)}`
}

async function make() {
  if (toolEnvironment().SPLITBENCH_VIRTUAL_PI !== undefined) return undefined
  mkdirSync(cacheFolder, { recursive: true })
  removeOthers()
  const folder = join(cacheFolder, `.virtual-pi-${process.pid}`)
  try {
    const lacking = await makeBoardRuntimes(folder)
    if (lacking !== undefined) return lacking
    for (const part of ['tools', 'arm64', 'armhf']) {
      const made = await run('bash', [join(root, 'scripts', 'virtual-pi', 'make.sh'), part, join(folder, part)], {
        timeoutMs,
      })
      if (made.code === 0) continue
      const reason = `the virtual Pi (${part}) could not be made: ${tailOf(made, 1)}`
      if (part !== 'armhf') return reason
      // Only the tests of 32-bit boards lack it.
      rmSync(join(folder, part), { recursive: true, force: true })
      note(reason)
    }
    writeFileSync(join(folder, completeMark), '')
    rmSync(virtualPiFolder(), { recursive: true, force: true })
    renameSync(folder, virtualPiFolder())
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What an interrupted set-up left, and what another make.sh made long ago: other checkouts may use a younger one. */
function removeOthers() {
  const longAgo = Date.now() - keepOthersMs
  for (const name of readdirSync(cacheFolder)) {
    const folder = join(cacheFolder, name)
    const old = name.startsWith('virtual-pi-') && statSync(folder).mtimeMs < longAgo
    if (old || name.startsWith('.virtual-pi-')) rmSync(folder, { recursive: true, force: true })
  }
}
