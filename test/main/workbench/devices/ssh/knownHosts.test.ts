import { execFileSync } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KnownHost } from '../../../../../src/main/workbench/devices/ssh/knownHosts.ts'
import {
  entryMatches,
  fingerprint,
  hostPattern,
  judge,
  keyAlgorithm,
  parseKnownHosts,
  wildcardMatches,
} from '../../../../../src/main/workbench/devices/ssh/knownHosts.ts'
import { itWith } from '../../../../support/requires.ts'
import { newKeyPair } from '../../../../support/sshKeys.ts'

const newKey = (): { line: string; blob: Buffer } => {
  const line = newKeyPair().public.split(' ').slice(0, 2).join(' ')
  return { line, blob: Buffer.from(line.split(' ')[1]!, 'base64') }
}
const [one, two] = [newKey(), newKey()]
const known = (text: string): KnownHost[] => parseKnownHosts(text, 'file')

function hashed(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

describe('known_hosts', () => {
  it('is read line by line, and what is no entry is passed over', () => {
    const text = `# comment\n\n  board ${one.line} a comment\n@revoked * ${two.line}\n@other x ${one.line}\nbroken\nx ssh-ed25519 no!base64\r\n`
    expect(known(text).map(({ marker, hosts, line }) => ({ marker, hosts, line }))).toEqual([
      { marker: undefined, hosts: 'board', line: 3 },
      { marker: 'revoked', hosts: '*', line: 4 },
    ])
  })

  it.each<[string, string, number, boolean]>([
    ['board', 'board', 22, true],
    ['BOARD', 'board', 22, true],
    ['board', 'BOARD', 22, true],
    ['board', 'board', 2222, false],
    ['[board]:2222', 'board', 2222, true],
    ['[board]:2222', 'board', 22, false],
    ['10.0.0.?', '10.0.0.7', 22, true],
    ['*.lab,!bad.lab', 'pi.lab', 22, true],
    ['*.lab,!bad.lab', 'bad.lab', 22, false],
    ['!bad.lab', 'pi.lab', 22, false],
    ['[*.lab]:2222', 'pi.lab', 2222, true],
    ['a,b,board', 'board', 22, true],
    ['b[oa]rd', 'bord', 22, false],
    [hashed('board'), 'board', 22, true],
    [hashed('board'), 'Board', 22, true],
    [hashed('board'), 'other', 22, false],
    [hashed('[board]:2222'), 'board', 2222, true],
    ['|1|short', 'board', 22, false],
    ['|2|YQ==|YQ==', 'board', 22, false],
  ])('%s is about %s:%i: %s', (hosts, host, port, matches) => {
    expect(entryMatches({ hosts }, host, port)).toBe(matches)
  })

  it('knows, refuses, or does not know a key', () => {
    const entries = known(`board ${one.line}\n[board]:2222 ${two.line}\n@revoked gone ${one.line}\ngone ${one.line}\n`)
    expect(judge(entries, 'board', 22, one.blob)).toEqual({ kind: 'known' })
    expect(judge(entries, 'board', 22, two.blob)).toMatchObject({ kind: 'changed', entries: [{ line: 1 }] })
    expect(judge(entries, 'board', 2222, two.blob)).toEqual({ kind: 'known' })
    // As with OpenSSH, the key of the usual port counts at others too.
    expect(judge(entries, 'board', 2222, one.blob)).toEqual({ kind: 'known' })
    expect(judge(entries, 'board', 2022, two.blob)).toMatchObject({ kind: 'unknown' })
    expect(judge(entries, 'other', 22, one.blob)).toEqual({ kind: 'unknown', authority: undefined })
    expect(judge(entries, 'gone', 22, one.blob)).toMatchObject({ kind: 'revoked', entry: { line: 3 } })
  })

  it('says that it does not understand authorities, and trusts nobody for their sake', () => {
    expect(judge(known(`@cert-authority *.lab ${one.line}\n`), 'pi.lab', 22, one.blob)).toMatchObject({
      kind: 'unknown',
      authority: { line: 1 },
    })
  })

  it('never accepts a key that stands in no entry for the host', () => {
    const host = fc.stringMatching(/^[a-z0-9.-]{1,12}$/)
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ host, useHash: fc.boolean(), marker: fc.constantFrom('', '@revoked ', '@cert-authority ') }),
        ),
        host,
        fc.constantFrom(22, 2222),
        (lines, wanted, port) => {
          const text = lines
            .map(({ host, useHash, marker }) => `${marker}${useHash ? hashed(host) : host} ${one.line}\n`)
            .join('')
          const about = lines.filter((line) => line.host === wanted)
          const verdict = judge(known(text), wanted, port, one.blob).kind
          const plain = about.some(({ marker }) => marker === '')
          const revoked = about.some(({ marker }) => marker === '@revoked ')
          expect(verdict).toBe(revoked ? 'revoked' : plain ? 'known' : 'unknown')
          expect(['unknown', 'changed']).toContain(judge(known(text), wanted, port, two.blob).kind)
        },
      ),
    )
  })

  it('matches wildcards as a regular expression does, and without its slowness', () => {
    const piece = fc.constantFrom('a', 'b', '.', '*', '?', '[', ']')
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.constantFrom('a', 'b', '.', '[', ']')), (pattern, text) => {
        const regular = pattern.map((c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`.replace(/\\([ab])/, '$1')))
        expect(wildcardMatches(pattern.join(''), text.join(''))).toBe(
          new RegExp(`^${regular.join('')}$`).test(text.join('')),
        )
      }),
    )
    expect(wildcardMatches(`${'*a'.repeat(5000)}b`, 'a'.repeat(5000))).toBe(false)
  })

  it('takes no text or blob amiss', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, blob) => {
        judge(parseKnownHosts(text, 'file'), 'board', 22, blob)
        expect(keyAlgorithm(blob)).toMatch(/^[\w@.-]*$/)
      }),
    )
    expect(keyAlgorithm(one.blob)).toBe('ssh-ed25519')
  })
})

describe('beside ssh-keygen', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-known-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  itWith('ssh', 'fingerprints are the same', async () => {
    const file = join(folder, 'key.pub')
    await writeFile(file, `${one.line}\n`)
    expect(execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' })).toContain(` ${fingerprint(one.blob)} `)
    expect(fingerprint(one.line.split(' ')[1]!)).toBe(fingerprint(one.blob))
  })

  itWith('ssh', 'it finds the same lines, before and after it has hashed them', async () => {
    const file = join(folder, 'known_hosts')
    await writeFile(file, `board,10.0.0.7 ${one.line}\n[board]:2222 ${two.line}\n*.lab,!bad.lab ${two.line}\n`)
    const cases = [
      ['board', 22],
      ['10.0.0.7', 22],
      ['board', 2222],
      ['board', 2022],
      ['pi.lab', 22],
      ['bad.lab', 22],
      ['nobody', 22],
    ] as const
    for (const pass of ['plain', 'hashed']) {
      const entries = parseKnownHosts(await readFile(file, 'utf8'), file)
      for (const [host, port] of cases) {
        const ours = entries.filter((entry) => entryMatches(entry, host, port)).map(({ line }) => line)
        expect([pass, host, port, ours]).toEqual([pass, host, port, foundByKeygen(file, hostPattern(host, port))])
      }
      execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
    }
  })
})

function foundByKeygen(file: string, name: string): number[] {
  try {
    const text = execFileSync('ssh-keygen', ['-F', name, '-f', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return [...text.matchAll(/found: line (\d+)/g)].map(([, line]) => Number(line))
  } catch {
    return []
  }
}
