/** The emulated board's file system: Debian's arm64 userland of the virtual Pi, with the runtime already in place. */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tar from 'tar'
import { agentBundle } from '../../src/main/workbench/devices/runtime/agentBundle.ts'
import { runtimeBundle, type Watch } from '../../src/main/workbench/devices/runtime/bundles.ts'
import { sha256 } from '../../src/system/hash.ts'
import { newKeyPair } from '../../test/support/sshKeys.ts'
import { copy, file, folder, type NewcEntry, tree, writeNewc } from './newc.ts'

const pi = 1000
const home = 'home/pi'

export interface Image {
  /** For qemu's -initrd. */
  path: string
  /** A private key that logs in as pi. */
  keyFile: string
  /** As known_hosts has it. */
  hostKey: string
}

/**
 * Makes the image, or takes the one that was made of the same parts. `kit`: the virtual Pi's; `parts`: the folder that
 * make.sh filled. What the workbench would push lies where it would push it.
 */
export async function boardImage(kit: string, parts: string, watch: Watch): Promise<Image> {
  const keys = await loginKeys(join(parts, 'keys'))
  const bundles = [await runtimeBundle('arm64', watch), await agentBundle(watch)]
  const boot = await readFile(join(import.meta.dirname, 'boot.sh'), 'utf8')
  const made = sha256(JSON.stringify([bundles.map(({ id }) => id), boot, sshdConfig, inittab])).slice(0, 12)
  const path = join(parts, `image-${made}.cpio`)
  const image = { path, keyFile: join(parts, 'keys', 'user_ed25519'), hostKey: keys.host.public }
  if (existsSync(path)) return image

  const work = join(parts, `.image-${process.pid}`)
  try {
    await mkdir(join(work, 'splitbench'), { recursive: true })
    for (const bundle of bundles) await tar.x({ file: bundle.path, cwd: join(work, 'splitbench') })
    await writeNewc(join(work, 'image.cpio'), content(kit, parts, work, boot, keys))
    await rename(join(work, 'image.cpio'), path)
    return image
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

type Keys = Awaited<ReturnType<typeof loginKeys>>

async function* content(kit: string, parts: string, work: string, boot: string, keys: Keys): AsyncGenerator<NewcEntry> {
  const leaveOut = (path: string): boolean =>
    /^(usr\/share\/(doc|man|locale|perl|zoneinfo|bash-completion)|usr\/lib\/aarch64-linux-gnu\/perl|usr\/bin\/perl|vpi)/.test(
      path,
    )
  yield* tree(join(kit, 'arm64', 'root'), '', { leaveOut })
  yield await copy('usr/bin/busybox', join(parts, 'busybox'), 0o755)
  yield folder('modules')
  yield* tree(join(parts, 'modules'), 'modules')
  yield file('init', boot, 0o755)
  yield file('etc/inittab', inittab)
  yield file('etc/ssh/sshd_config', sshdConfig)
  yield file('etc/ssh/ssh_host_ed25519_key', keys.host.private, 0o600)
  yield folder(home, 0o755, pi)
  for (const name of ['.bashrc', '.profile']) {
    yield await copy(`${home}/${name}`, join(kit, 'arm64', 'root', 'etc', 'skel', name), 0o644, pi)
  }
  yield folder(`${home}/.ssh`, 0o700, pi)
  yield file(`${home}/.ssh/authorized_keys`, `${keys.user.public}\n`, 0o600, pi)
  yield folder(`${home}/.splitbench`, 0o700, pi)
  yield* tree(join(work, 'splitbench'), `${home}/.splitbench`, { owner: pi })
}

const inittab = [
  'ttyS1::respawn:/sbin/agetty -L 115200 ttyS1 vt220',
  // Its words would be written over the console's.
  "::respawn:/bin/sh -c 'exec /usr/sbin/sshd -D -e 2>>/run/sshd.log'",
  '::ctrlaltdel:/usr/bin/busybox poweroff -f',
  '',
].join('\n')

const sshdConfig = [
  'HostKey /etc/ssh/ssh_host_ed25519_key',
  'PidFile none',
  'PasswordAuthentication yes',
  'KbdInteractiveAuthentication no',
  'UsePAM no',
  'PrintMotd no',
  'UseDNS no',
  'SetEnv VPI=1',
  'Subsystem sftp internal-sftp',
  '',
].join('\n')

/** Kept, so that a board that was trusted once stays known. */
async function loginKeys(place: string) {
  const path = join(place, 'keys.json')
  if (!existsSync(path)) {
    await mkdir(place, { recursive: true, mode: 0o700 })
    const [host, user] = [1, 2].map(() => newKeyPair())
    await writeFile(join(place, 'user_ed25519'), user!.private, { mode: 0o600 })
    await writeFile(path, JSON.stringify({ host, user }), { mode: 0o600 })
    await chmod(path, 0o600)
  }
  return JSON.parse(await readFile(path, 'utf8')) as Record<'host' | 'user', { private: string; public: string }>
}
