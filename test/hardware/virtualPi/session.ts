import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshSession } from '../../../src/main/workbench/devices/ssh/session.ts'
import { openSshSession } from '../../../src/main/workbench/devices/ssh/session.ts'
import type { VirtualPi } from './virtualPi.ts'

export interface PiSession extends SshSession {
  /** Closes the session and removes this side's SSH files. */
  end(): Promise<void>
}

/** What of a Pi is needed to log in to it. */
type Reachable = Pick<VirtualPi, 'port' | 'keyFile' | 'hostKey'>

/** A session of the product's own on the Pi, by key, whose host key is known. `via`: the port of a relay before it. */
export async function openPiSession(pi: Reachable, { via = pi.port, name = 'pi' } = {}): Promise<PiSession> {
  const home = await mkdtemp(join(tmpdir(), 'splitbench-ssh-'))
  await mkdir(join(home, '.ssh'))
  const config = join(home, '.ssh', 'config')
  const knownHosts = join(home, '.ssh', 'known_hosts')
  await writeFile(config, `Host *\n  IdentityFile ${pi.keyFile}\n  IdentitiesOnly yes\n`)
  await writeFile(knownHosts, `[127.0.0.1]:${via} ${pi.hostKey()}\n`)
  const session = await openSshSession(`ssh://pi@127.0.0.1:${via}`, {
    ask: async () => undefined,
    signal: new AbortController().signal,
    name,
    places: {
      home,
      user: 'tester',
      configs: [config],
      knownHosts: [knownHosts],
      trustStore: join(home, 'trusted'),
      agent: undefined,
    },
  })
  return Object.assign(session, {
    async end() {
      await session.close()
      await rm(home, { recursive: true, force: true })
    },
  })
}
