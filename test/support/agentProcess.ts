import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { childTransport } from '../../src/main/workbench/devices/childTransport.ts'
import type { Transport } from '../../src/main/workbench/devices/transport.ts'

const source = (path: string) => join(import.meta.dirname, '../../src', path)

/** The real agent (or tail server) from its sources: a bundle in out/ might be an older one. */
export const sourceTransport = (
  store: string,
  entry = 'agent/index.ts',
  env?: Record<string, string>,
  args: string[] = [],
): Transport =>
  childTransport('local', { command: process.execPath, args: [source(entry), '--store', store, ...args], env })

/** A process that speaks the protocol and lies; see lyingAgent.ts for what it can do. */
export const lyingTransport = (lie: string): Transport =>
  childTransport('board', { command: process.execPath, args: [join(import.meta.dirname, 'lyingAgent.ts'), lie] })

/** Ids of processes whose command line holds all of these texts (Linux). */
export const processesWith = (...texts: string[]): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const commandLine = read(`/proc/${pid}/cmdline`)
      return texts.every((text) => commandLine.includes(text))
    })
    .map(Number)

/** Those among them that this process started. */
export const childrenWith = (...texts: string[]): number[] =>
  processesWith(...texts).filter((pid) => {
    const parent = /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]
    return Number(parent) === process.pid
  })

/** '' for a process that ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
