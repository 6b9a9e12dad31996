import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostSettings, sshAliases } from '../../../../../src/main/workbench/devices/ssh/config.ts'
import type { SshPlaces } from '../../../../../src/main/workbench/devices/ssh/places.ts'
import { parseSshTarget } from '../../../../../src/main/workbench/devices/ssh/target.ts'
import { itWith } from '../../../../support/requires.ts'

let home = ''
let places: SshPlaces
const config = () => join(home, '.ssh', 'config')
const look = (text: string) => hostSettings(parseSshTarget(text), places)

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'splitbench-ssh-config-'))
  await mkdir(join(home, '.ssh', 'conf.d'), { recursive: true })
  places = {
    home,
    user: 'me',
    configs: [config(), join(home, 'system_config')],
    knownHosts: [],
    trustStore: join(home, 'trust'),
    agent: '/run/agent',
  }
  await writeFile(
    config(),
    `
# the lab
Include conf.d/*.conf
Host lab-pi
  HostName 10.0.0.7
  user pi
  PORT = 2222
  IdentityFile ~/.ssh/lab_key
  IdentityFile %d/keys/%r-%n
  IdentitiesOnly yes
  ProxyJump gate,me2@10.0.0.1:2200

Host gate
  HostName %h.example.org
  HostKeyAlias the-gate
  IdentityAgent none

Host *.far
  Include far.conf
  User late
Host by-command
  ProxyCommand nc %h %p
Match host 10.0.0.7
  ConnectTimeout 3
Match exec "touch ${home}/ran"
  User hacked
Host *
  User everybody
  UserKnownHostsFile ~/.ssh/lab_hosts "~/.ssh/more hosts"
`,
  )
  await writeFile(join(home, '.ssh', 'conf.d', '1.conf'), 'Host included\n  HostName in.example.org\n  Port 23\n')
  await writeFile(join(home, '.ssh', 'conf.d', 'skip.txt'), 'Host *\n  User skipped\n')
  await writeFile(join(home, '.ssh', 'far.conf'), 'Port 4444\nHost b.far\n  User farther\n')
  await writeFile(join(home, 'system_config'), 'Host *\n  Port 99\nHost only-system\n  HostName sys\n')
})
afterAll(() => rm(home, { recursive: true }))

describe('the SSH configuration', () => {
  it('gives a host its name, port, user, keys and way', () => {
    expect(look('lab-pi')).toMatchObject({
      name: 'lab-pi',
      host: '10.0.0.7',
      port: 2222,
      user: 'pi',
      identitiesOnly: true,
      agent: '/run/agent',
      identityFiles: [
        { path: join(home, '.ssh', 'lab_key'), named: true },
        { path: join(home, 'keys', 'pi-lab-pi'), named: true },
      ],
      jumps: [
        { host: 'gate', user: undefined },
        { host: '10.0.0.1', user: 'me2', port: 2200 },
      ],
      knownHosts: [join(home, '.ssh', 'lab_hosts'), join(home, '.ssh', 'more hosts')],
    })
    expect(look('gate')).toMatchObject({ host: 'gate.example.org', keyAlias: 'the-gate', agent: undefined, port: 99 })
  })

  it('gives way to what the address says', () => {
    expect(look('ssh://root@lab-pi:22')).toMatchObject({ host: '10.0.0.7', port: 22, user: 'root' })
  })

  it('leaves what it does not know to the defaults', () => {
    const { host, user, identityFiles } = look('ssh://unknown.example.org')
    expect({ host, user }).toEqual({ host: 'unknown.example.org', user: 'everybody' })
    expect(identityFiles[0]).toEqual({ path: join(home, '.ssh', 'id_ed25519'), named: false })
  })

  it('follows Include: at the top, in a section, and by wildcard', () => {
    expect(look('included')).toMatchObject({ host: 'in.example.org', port: 23, user: 'everybody' })
    expect(look('a.far')).toMatchObject({ port: 4444, user: 'late' })
    expect(look('b.far')).toMatchObject({ port: 4444, user: 'farther' })
    expect(look('near')).toMatchObject({ port: 99 })
  })

  it('runs nothing', () => {
    expect(look('anything').user).toBe('everybody')
    expect(existsSync(join(home, 'ran'))).toBe(false)
    expect(() => look('by-command')).toThrow(/ProxyCommand, which this program does not run/)
  })

  it('can be offered for a choice', () => {
    expect(sshAliases(places)).toEqual(['included', 'lab-pi', 'gate', 'b.far', 'by-command', 'only-system'])
  })

  it('may be missing', () => {
    const bare = { ...places, configs: [join(home, 'nothing')] }
    expect(hostSettings(parseSshTarget('pi'), bare)).toMatchObject({ host: 'pi', port: 22, user: 'me', jumps: [] })
    expect(sshAliases(bare)).toEqual([])
  })

  itWith('ssh', 'is understood as ssh itself understands it', async () => {
    // ssh looks for Includes beside the account's own configuration, so these are named in full.
    const file = join(home, 'whole_config')
    await writeFile(
      file,
      `Include ${home}/.ssh/conf.d/*.conf
Host lab-* !lab-bad
  HostName %h.example.org
  Port 2222
  IdentityFile /keys/a
Host lab-pi
  User pi
  Port 9
  ProxyJump gate
Host "quoted" other
  HostName q.example.org
Host *.far
  Include ${home}/.ssh/far.conf
  User late
Match originalhost matched user me
  Port 77
Host *
  User everybody
  IdentityFile /keys/b
`,
    )
    const own = { ...places, configs: [file] }
    for (const host of [
      'lab-pi',
      'lab-bad',
      'lab-2',
      'quoted',
      'other',
      'a.far',
      'b.far',
      'matched',
      'else',
      'included',
    ]) {
      const theirs = sshPrints(file, host)
      const ours = hostSettings(parseSshTarget(host), own)
      expect({ of: host, ...pick(ours) }).toEqual({
        of: host,
        host: theirs.get('hostname')![0],
        port: theirs.get('port')![0],
        user: theirs.get('user')![0],
        files: theirs.get('identityfile'),
        jump: theirs.get('proxyjump')?.[0] ?? '',
      })
    }
  })
})

const pick = ({ host, port, user, identityFiles, jumps }: ReturnType<typeof hostSettings>) => ({
  host,
  port: String(port),
  user,
  files: identityFiles.map(({ path }) => path),
  jump: jumps.map((jump) => jump.host).join(','),
})

function sshPrints(file: string, host: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  const text = execFileSync('ssh', ['-G', '-F', file, host], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  for (const line of text.split('\n')) {
    const [key, ...rest] = line.split(' ')
    values.set(key!, [...(values.get(key!) ?? []), rest.join(' ')])
  }
  return values
}
