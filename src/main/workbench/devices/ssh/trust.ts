import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { CodedError } from '#common/errors.ts'
import { writeFileAtomic } from '../../../../system/atomic.ts'
import type { Ask } from '../ask.ts'
import { printable } from '../printable.ts'
import type { HostSettings } from './config.ts'
import type { KnownHost } from './knownHosts.ts'
import { entryMatches, fingerprint, hostPattern, judge, keyAlgorithm, parseKnownHosts } from './knownHosts.ts'
import type { SshPlaces } from './places.ts'

export interface TrustOptions {
  places: SshPlaces
  /** `--accept-new-host-key`: a host that nobody knows yet is trusted unseen. A changed key never is. */
  acceptNewHostKey: boolean
}

/** What this computer knows of one host's key, and what becomes of the key that it shows. */
export interface HostTrust {
  /** What to ask the host for, kinds that are known of it first: a known key is then never taken for a changed one. */
  algorithms: ServerHostKeyAlgorithm[]
  /** Resolves where the key may be trusted; throws `device-failed` where not, or `cancelled`. */
  verify(key: Uint8Array, ask: Ask, signal: AbortSignal): Promise<void>
}

/** Preference of OpenSSH; ssh-rsa (SHA-1) last, for boards that have nothing else. */
const offered: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]

const keyKind = (algorithm: string): string => (/^rsa-sha2-/.test(algorithm) ? 'ssh-rsa' : algorithm)

export async function hostTrust(settings: HostSettings, options: TrustOptions): Promise<HostTrust> {
  const { places } = options
  const host = settings.keyAlias ?? settings.host
  const port = settings.keyAlias === undefined ? settings.port : 22
  const files = [...new Set([places.trustStore, ...settings.knownHosts, ...places.knownHosts])]
  const entries = (await Promise.all(files.map(readEntries))).flat()
  const kinds = new Set(
    entries
      .filter((entry) => entry.marker === undefined && entryMatches(entry, host, port))
      .map((entry) => entry.algorithm),
  )
  const isKnown = (algorithm: string): boolean => kinds.has(keyKind(algorithm))
  return {
    algorithms: [...offered.filter(isKnown), ...offered.filter((algorithm) => !isKnown(algorithm))],
    async verify(key, ask, signal) {
      const verdict = judge(entries, host, port, key)
      const shown = `${keyAlgorithm(key) || 'unknown kind'} ${fingerprint(key)}`
      switch (verdict.kind) {
        case 'known':
          return
        case 'revoked':
          throw new CodedError(
            'device-failed',
            `${settings.name}: its host key is marked as revoked (${place(verdict.entry)}): ${shown}.`,
            'Do not connect. Give the board a new host key, or remove the mark if it is wrong.',
          )
        case 'changed':
          throw changed(settings, verdict.entries, shown, places)
        case 'unknown': {
          const note = verdict.authority
            ? `${place(verdict.authority)} names an authority that signs this host's keys; this program does not know such signatures.`
            : undefined
          if (!options.acceptNewHostKey) await agreed(settings, key, note, ask, signal)
          await remember(places.trustStore, host, port, key)
        }
      }
    },
  }
}

async function agreed(
  settings: HostSettings,
  key: Uint8Array,
  note: string | undefined,
  ask: Ask,
  signal: AbortSignal,
): Promise<void> {
  const question = {
    kind: 'host-key' as const,
    host: settings.port === 22 ? settings.host : hostPattern(settings.host, settings.port),
    algorithm: keyAlgorithm(key),
    fingerprint: fingerprint(key),
    ...(note ? { note } : {}),
  }
  const answer = await ask(question, signal)
  if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
  if (answer === true) return
  throw new CodedError(
    'device-failed',
    `${settings.name}: its host key ${answer === false ? 'was not accepted' : 'is not known yet'} (${question.algorithm} ${question.fingerprint}).`,
    'Compare it with what the board prints (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then accept it when asked or with --accept-new-host-key.',
    { reason: 'host-key', fingerprint: question.fingerprint },
  )
}

function changed(settings: HostSettings, known: KnownHost[], shown: string, places: SshPlaces): CodedError {
  const before = known.map((entry) => `${printable(entry.algorithm, 40)} ${fingerprint(entry.key)} (${place(entry)})`)
  const ours = known.every((entry) => entry.file === places.trustStore)
  return new CodedError(
    'device-failed',
    `${settings.name}: its host key has CHANGED. It shows ${shown}; known is ${before.join(', ')}. Either the board was set up anew, or somebody stands between.`,
    ours
      ? `If the board was set up anew, delete ${known.length > 1 ? 'those lines' : 'that line'} and connect again. No option overrides this.`
      : `If the board was set up anew: ssh-keygen -R '${hostPattern(settings.keyAlias ?? settings.host, settings.port)}' -f ${known.find((entry) => entry.file !== places.trustStore)!.file}. No option overrides this.`,
    { reason: 'host-key-changed', shown, known: before },
  )
}

const place = ({ file, line }: KnownHost): string => `${file}, line ${line}`

async function readEntries(path: string): Promise<KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(path, 'utf8'), path)
  } catch {
    return []
  }
}

/** Adds a line to our own file. The known_hosts of OpenSSH are the user's, and stay as they are. */
async function remember(path: string, host: string, port: number, key: Uint8Array): Promise<void> {
  const now = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const line = `${hostPattern(host, port)} ${keyAlgorithm(key)} ${Buffer.from(key).toString('base64')}\n`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFileAtomic(path, `${now}${now === '' || now.endsWith('\n') ? '' : '\n'}${line}`, { mode: 0o600 })
}
