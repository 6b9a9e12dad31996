/** A computer with SSH files of its own, which logs in to virtual Pis; after every test nothing of them is left. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Ask, Question } from '../../src/main/workbench/devices/ask.ts'
import type { SshPlaces } from '../../src/main/workbench/devices/ssh/places.ts'
import type { SshOptions, SshSession } from '../../src/main/workbench/devices/ssh/session.ts'
import { openSshSession } from '../../src/main/workbench/devices/ssh/session.ts'
import type { VirtualPi, VirtualPiOptions } from './virtualPi/virtualPi.ts'
import { startVirtualPi } from './virtualPi/virtualPi.ts'

export const never = new AbortController().signal

export function useBoards() {
  const pis: VirtualPi[] = []
  const sessions: SshSession[] = []
  const bench = {
    /** The home folder here. */
    home: '',
    places: undefined as unknown as SshPlaces,
    /** What was asked, in order. */
    asked: [] as Question[],
    async pi(options?: VirtualPiOptions): Promise<VirtualPi> {
      const pi = await startVirtualPi(options)
      pis.push(pi)
      return pi
    },
    /** Answers in the order of the questions; undefined when there are no more. */
    answers:
      (...answers: (string | boolean | undefined)[]): Ask =>
      async (question) => {
        bench.asked.push(question)
        return answers.shift()
      },
    async open(target: string, options: Partial<SshOptions> = {}): Promise<SshSession> {
      const session = await openSshSession(target, {
        ask: bench.answers(),
        signal: never,
        places: bench.places,
        ...options,
      })
      sessions.push(session)
      return session
    },
    /** Logged in by key, host key known. `port`: of a relay before it. */
    async board(pi: VirtualPi, port = pi.port): Promise<SshSession> {
      await bench.config(`Host *\n  IdentityFile ${pi.keyFile}\n`)
      return bench.open(`ssh://pi@127.0.0.1:${port}`, { acceptNewHostKey: true })
    },
    config: (text: string): Promise<void> => writeFile(join(bench.home, '.ssh', 'config'), text),
  }
  beforeEach(async () => {
    const home = await mkdtemp(join(tmpdir(), 'splitbench-ssh-home-'))
    await mkdir(join(home, '.ssh'))
    bench.home = home
    bench.asked = []
    bench.places = {
      home,
      user: 'nobody-there',
      configs: [join(home, '.ssh', 'config')],
      knownHosts: [join(home, '.ssh', 'known_hosts')],
      trustStore: join(home, 'splitbench', 'known_hosts'),
      agent: undefined,
    }
  })
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()))
    await Promise.all(pis.splice(0).map((pi) => pi.stop()))
    await rm(bench.home, { recursive: true, force: true })
  })
  return bench
}
