import { readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, matchesGlob } from 'node:path'
import SSHConfig from 'ssh-config'
import { CodedError } from '#common/errors.ts'
import type { SshPlaces } from './places.ts'
import { parseSshTarget, type SshTarget } from './target.ts'

/** Everything that SSH's configuration and defaults say of one host. */
export interface HostSettings {
  /** As the user named it; for messages. */
  name: string
  /** Where the connection goes. */
  host: string
  port: number
  user: string
  /** The name under which its key is looked up. */
  keyAlias: string | undefined
  /** Key files in the order of their trial. `named`: by the configuration, so that one which is missing is worth a word. */
  identityFiles: { path: string; named: boolean }[]
  /** Offer no key of the agent that is not among the files. */
  identitiesOnly: boolean
  /** The agent's socket; undefined: no agent is to be asked. */
  agent: string | undefined
  /** Hosts on the way, the first of them first. */
  jumps: SshTarget[]
  /** Beside the usual files. */
  knownHosts: string[]
}

const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa']
const maxIncludeDepth = 16

/**
 * Looks a target up in the SSH configuration, which is read and never written. Include is followed; Match exec runs
 * nothing and counts as no match. Throws `bad-data` for a file that cannot be understood and `bad-usage` for a host that
 * needs a ProxyCommand.
 */
export function hostSettings(target: SshTarget, places: SshPlaces): HostSettings {
  const values = lookUp(target, places)
  const one = (key: string): string | undefined => [values[key] ?? []].flat()[0]
  const list = (key: string): string[] => [values[key] ?? []].flat()
  const port = target.port ?? Number(one('port') ?? 22)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CodedError('bad-data', `The SSH configuration gives ${target.name} the port "${one('port')}".`)
  }
  const user = target.user ?? one('user') ?? places.user
  const host = (one('hostname') ?? target.host).replaceAll('%h', target.host).replaceAll('%%', '%')
  const expand = (path: string): string =>
    path
      .replace(/%([%dhrun])/g, (_, key: string) => {
        return { '%': '%', d: places.home, h: host, r: user, u: places.user, n: target.host }[key]!
      })
      .replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '')
      .replace(/^~(?=\/|$)/, places.home)

  const command = one('proxycommand')
  const jump = one('proxyjump')
  if (command !== undefined && command !== 'none' && (jump === undefined || jump === 'none')) {
    throw new CodedError(
      'bad-usage',
      `${target.name}: the SSH configuration reaches it by a ProxyCommand, which this program does not run.`,
      'Give the host a ProxyJump instead, or connect to it by its address.',
    )
  }
  const named = list('identityfile').filter((path) => path !== 'none')
  const agent = one('identityagent')
  return {
    name: target.name,
    host,
    port,
    user,
    keyAlias: one('hostkeyalias'),
    identityFiles:
      list('identityfile').length > 0
        ? named.map((path) => ({ path: expand(path), named: true }))
        : defaultKeys.map((name) => ({ path: join(places.home, '.ssh', name), named: false })),
    identitiesOnly: one('identitiesonly')?.toLowerCase() === 'yes',
    agent:
      agent === undefined || agent === 'SSH_AUTH_SOCK' ? places.agent : agent === 'none' ? undefined : expand(agent),
    jumps:
      jump === undefined || jump.toLowerCase() === 'none'
        ? []
        : jump.split(',').map((hop) => parseSshTarget(hop.trim())),
    knownHosts: list('userknownhostsfile').map(expand),
  }
}

/** The hosts that the user's configuration names, patterns left out: what can be offered for a choice. */
export function sshAliases(places: SshPlaces): string[] {
  const names = new Set<string>()
  for (const path of places.configs) {
    for (const line of SSHConfig.parse(textFor(path, undefined, places))) {
      if (!('param' in line) || !/^host$/i.test(line.param)) continue
      for (const name of words(line.value)) if (!/[*?!]/.test(name)) names.add(name)
    }
  }
  return [...names]
}

const words = (value: string | { val: string }[]): string[] =>
  typeof value === 'string' ? value.split(/\s+/) : value.map(({ val }) => val)

function lookUp({ host, user, name }: SshTarget, places: SshPlaces): Record<string, string | string[]> {
  const text = places.configs.map((path) => textFor(path, host, places)).join('\nHost *\n')
  try {
    const query = user === undefined ? { Host: host } : { Host: host, User: user }
    return SSHConfig.parse(text).compute(query, { ignoreCase: true, matchExec: false })
  } catch (error) {
    throw new CodedError(
      'bad-data',
      `The SSH configuration (${places.configs[0]}) cannot be read for ${name}: ${(error as Error).message}.`,
      `Check it with: ssh -G ${host}`,
    )
  }
}

/**
 * A file with its Includes put in, as they hold for `host` (undefined: all of them). The section that an Include stands
 * in goes on after it. '' for a file that is not there or not readable, as ssh has it for its own.
 */
function textFor(path: string, host: string | undefined, places: SshPlaces, depth = 0): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return ''
  }
  let section = 'Host *'
  return text
    .split(/\r?\n/)
    .map((line) => {
      const [, key = '', rest = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
      // It would run nslookup and wait for it.
      if (/^canonicalizehostname$/i.test(key)) return ''
      if (/^(host|match)$/i.test(key)) section = line
      if (!/^include$/i.test(key)) return line
      if (depth >= maxIncludeDepth || (host !== undefined && !holds(section, host))) return ''
      const included = paths(rest, places, depth === 0 ? dirname(path) : join(places.home, '.ssh'))
      return [...included.map((file) => textFor(file, host, places, depth + 1)), section].join('\n')
    })
    .join('\n')
}

/** Whether a section is about this host: asked of the very code that reads the values. */
const holds = (section: string, host: string): boolean =>
  'marker' in SSHConfig.parse(`${section}\n  marker yes\n`).compute(host, { ignoreCase: true, matchExec: false })

/** The files that an Include names, in the order ssh takes them; a wildcard may stand in the last part. */
function paths(rest: string, places: SshPlaces, folder: string): string[] {
  const patterns = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
  return patterns.flatMap((pattern) => {
    const expanded = pattern.replace(/^~(?=\/|$)/, places.home)
    const full = isAbsolute(expanded) ? expanded : join(folder, expanded)
    if (!/[*?[]/.test(full)) return [full]
    try {
      return readdirSync(dirname(full))
        .sort()
        .map((name) => join(dirname(full), name))
        .filter((file) => matchesGlob(file, full))
    } catch {
      return []
    }
  })
}
