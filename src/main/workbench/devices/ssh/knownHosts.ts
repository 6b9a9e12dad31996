import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  marker: 'revoked' | 'cert-authority' | undefined
  /** Patterns, or one hashed name. */
  hosts: string
  /** "ssh-ed25519", …; for messages, the blob says it again. */
  algorithm: string
  /** As it goes over the wire, base64. */
  key: string
  file: string
  /** From 1. */
  line: number
}

/** What the files say of the key that a host has just shown. */
export type Verdict =
  | { kind: 'known' }
  | { kind: 'revoked'; entry: KnownHost }
  /** The host is known, by other keys than this one. */
  | { kind: 'changed'; entries: KnownHost[] }
  /** `authority`: its keys are said to be signed by one, which is not understood here. */
  | { kind: 'unknown'; authority: KnownHost | undefined }

/** Lines that are no entries (comments, damage, other versions) are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((raw, index): KnownHost[] => {
    const fields = raw.trim().split(/[ \t]+/)
    if (fields[0] === '' || fields[0].startsWith('#')) return []
    let marker: KnownHost['marker']
    if (fields[0].startsWith('@')) {
      const word = fields.shift()!.slice(1)
      if (word !== 'revoked' && word !== 'cert-authority') return []
      marker = word
    }
    const [hosts, algorithm, key] = fields
    if (key === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return []
    return [{ marker, hosts, algorithm, key, file, line: index + 1 }]
  })
}

/** How a host is written there: the port only where it is not 22. */
export const hostPattern = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`

/** Whether an entry is about this host. A host at another port than 22 has its own entry: `[host]:port`. */
export function entryMatches({ hosts }: Pick<KnownHost, 'hosts'>, host: string, port: number): boolean {
  const name = hostPattern(host, port)
  if (hosts.startsWith('|')) return hashMatches(hosts, name)
  let matched = false
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!')
    if (!wildcardMatches(negated ? pattern.slice(1) : pattern, name)) continue
    if (negated) return false
    matched = true
  }
  return matched
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both base64. */
function hashMatches(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|')
  if (version !== '1' || !salt || !hash) return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** `*` and `?` as in a shell; everything else is itself, brackets too. Linear: no pattern can make it slow. */
export function wildcardMatches(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0]
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      mark = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/**
 * Judges the key (raw, as on the wire) that a host has shown. Any entry with this very key is enough; a revoked one
 * outweighs all. Where the host is known by other keys only, of whatever kind, the key has changed: the kinds that are
 * known were asked for first, so the host would have shown such a one.
 */
export function judge(entries: readonly KnownHost[], host: string, port: number, key: Uint8Array): Verdict {
  const encoded = Buffer.from(key).toString('base64')
  const about = entries.filter((entry) => entryMatches(entry, host, port))
  // OpenSSH accepts a key that is known for the host at its usual port, but does not call others changed for it.
  const elsewhere = port === 22 ? [] : entries.filter((entry) => entryMatches(entry, host, 22))
  const revoked = [...about, ...elsewhere].find((entry) => entry.marker === 'revoked' && entry.key === encoded)
  if (revoked) return { kind: 'revoked', entry: revoked }
  if ([...about, ...elsewhere].some((entry) => entry.marker === undefined && entry.key === encoded)) {
    return { kind: 'known' }
  }
  const others = about.filter((entry) => entry.marker === undefined)
  if (others.length > 0) return { kind: 'changed', entries: others }
  return { kind: 'unknown', authority: about.find((entry) => entry.marker === 'cert-authority') }
}

/** "SHA256:…" as ssh-keygen -l prints it. `key`: raw, or base64. */
export const fingerprint = (key: Uint8Array | string): string =>
  `SHA256:${createHash('sha256')
    .update(typeof key === 'string' ? Buffer.from(key, 'base64') : key)
    .digest('base64')
    .replace(/=+$/, '')}`

/** The kind of key, which the blob begins with; '' for what is no key. */
export function keyAlgorithm(key: Uint8Array): string {
  const bytes = Buffer.from(key)
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0
  const name = bytes.subarray(4, 4 + length).toString('latin1')
  return length > 0 && length <= 64 && /^[\w@.-]+$/.test(name) ? name : ''
}
