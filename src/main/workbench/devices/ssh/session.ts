import type { SFTPWrapper } from 'ssh2'
import { CodedError } from '#common/errors.ts'
import type { WatchedChannel } from '../../../../system/watchedChild.ts'
import type { Ask } from '../ask.ts'
import type { BoardShell, CommandOutcome, UploadOptions } from '../boardShell.ts'
import { printable } from '../printable.ts'
import { startChannel } from './agentChannel.ts'
import { type HostSettings, hostSettings } from './config.ts'
import { connectionLost } from './connectionErrors.ts'
import { runCommand } from './exec.ts'
import { connectThrough, forwardingOf, type SshForwarding } from './forwarding.ts'
import { type Hop, openHop } from './hop.ts'
import { orCancelled } from './orCancelled.ts'
import { type SshPlaces, sshPlaces } from './places.ts'
import { parseSshTarget, type SshTarget } from './target.ts'
import { RemoteFiles, type RemoteStat } from './upload.ts'

export interface SshOptions {
  ask: Ask
  /** `--accept-new-host-key`: trust a host that nobody knows yet; never one whose key has changed. */
  acceptNewHostKey?: boolean
  /** Ends the attempt, at whatever stage; a session that is open is ended by `close`. */
  signal: AbortSignal
  /** This computer's SSH files; tests have their own. */
  places?: SshPlaces
  /** What messages call the board; by default what the user typed. */
  name?: string
}

/** A board that is logged in to. Every promise of it fails with a `CodedError` when the connection breaks. */
export interface SshSession extends BoardShell {
  readonly kind: 'ssh'
  readonly user: string
  readonly host: string
  readonly port: number
  readonly forwarding: SshForwarding
  upload(local: string, remote: string, options: UploadOptions): Promise<void>
  /** Undefined where there is nothing at that path. */
  stat(remote: string): Promise<RemoteStat | undefined>
  /** Replaces what is at `to` in one step. */
  rename(from: string, to: string): Promise<void>
  /**
   * Starts a program whose stdin and stdout are the channel (the agent). Closing the channel ends it; nothing stays on
   * the board.
   */
  start(command: string, options?: { signal?: AbortSignal }): Promise<WatchedChannel & { forwarding: SshForwarding }>
  /** Called once; `reason` undefined where `close` ended it. */
  onClose(listener: (reason: CodedError | undefined) => void): void
  close(): Promise<void>
}

const maxHops = 8

/**
 * Connects to a board over SSH, through its jump hosts where it has some, and logs in: the agent's keys, key files (the
 * passphrase is asked for), last a password (asked for). The host's key is checked before. Throws `bad-usage`,
 * `bad-data` (configuration), `device-failed` or `cancelled`.
 */
export async function openSshSession(target: SshTarget | string, options: SshOptions): Promise<SshSession> {
  const { places = sshPlaces(), signal, ask, acceptNewHostKey = false } = options
  const wanted = typeof target === 'string' ? parseSshTarget(target) : target
  const settings = { ...hostSettings(wanted, places), ...(options.name ? { name: options.name } : {}) }
  const hops: Hop[] = []
  const closeAll = async (): Promise<void> => {
    for (const hop of hops.toReversed()) await hop.close()
  }
  try {
    for (const next of [...jumpsTo(settings, places), settings]) {
      const last = hops.at(-1)
      const via = last && {
        connect: () => orCancelled(connectThrough(last, next.name, next.host, next.port), signal),
        written: last.written,
      }
      hops.push(await openHop(next, via, { places, ask, acceptNewHostKey, signal }))
    }
  } catch (error) {
    await closeAll()
    throw error
  }
  return sessionOver(settings, hops.at(-1)!, closeAll)
}

/** The hosts on the way. As with OpenSSH, the first of them may have jump hosts of its own; the others are reached from it. */
function jumpsTo(settings: HostSettings, places: SshPlaces): HostSettings[] {
  const way: HostSettings[] = []
  let [first, ...others] = settings.jumps.map((jump) => hostSettings(jump, places))
  while (first) {
    if (way.length + others.length >= maxHops) {
      throw new CodedError(
        'bad-data',
        `${settings.name}: over ${maxHops} jump hosts.`,
        'Check ProxyJump in ~/.ssh/config.',
      )
    }
    way.unshift(first, ...others)
    ;[first, ...others] = first.jumps.map((jump) => hostSettings(jump, places))
  }
  return way
}

function sessionOver({ name, user, host, port }: HostSettings, hop: Hop, closeAll: () => Promise<void>): SshSession {
  const forwarding = forwardingOf(hop, name)
  let files: Promise<RemoteFiles> | undefined
  const exec = (command: string, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<CommandOutcome> =>
    runCommand(hop, name, command, options)
  const filesThere = (): Promise<RemoteFiles> => {
    files ??= openFiles(hop, name, exec).catch((error) => {
      files = undefined
      throw error
    })
    return files
  }
  return {
    name,
    kind: 'ssh',
    user,
    host,
    port,
    forwarding,
    exec,
    upload: async (local, remote, options) =>
      (await orCancelled(filesThere(), options.signal)).upload(local, remote, options),
    stat: async (remote) => (await filesThere()).stat(remote),
    rename: async (from, to) => (await filesThere()).rename(from, to),
    start: async (command, { signal } = {}) => ({ ...(await startChannel(hop, name, command, signal)), forwarding }),
    onClose: (listener) => void hop.onEnd(listener),
    close: closeAll,
  }
}

async function openFiles(hop: Hop, name: string, exec: BoardShell['exec']): Promise<RemoteFiles> {
  let forget = (): void => {}
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(
        new CodedError(
          'device-failed',
          `${name}: there is no SFTP (${printable(error.message, 120)}).`,
          'Enable "Subsystem sftp internal-sftp" in /etc/ssh/sshd_config on the board.',
        ),
      )
    forget = hop.onEnd((reason) => reject(reason ?? connectionLost(name, 'it was closed')))
    try {
      hop.client.sftp((error, wrapper) => (error ? failed(error) : resolve(wrapper)))
    } catch (error) {
      failed(error as Error)
    }
  }).finally(() => forget())
  sftp.on('error', () => {})
  return new RemoteFiles(sftp, name, async (path) => {
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.'
    const { stdout } = await exec(`df -Pk '${folder.replaceAll("'", "'\\''")}'`, { timeoutMs: 10_000 })
    const free = Number(stdout.trim().split('\n').at(-1)?.split(/\s+/)[3])
    return Number.isFinite(free) ? free * 1024 : undefined
  })
}
