import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Network } from '#common/network/graph.ts'
import { provideTorch } from '../../scripts/setup/test-tools/python.mjs'
import { toolEnvironment } from '../../scripts/setup/test-tools/tool-paths.mjs'
import { describeLayers } from './networks.ts'

export type Layout = 'default' | 'channels_last'
export const layouts: readonly Layout[] = ['default', 'channels_last']

/** A Python process with PyTorch. One request at a time. */
export interface Torch {
  version: string
  load(id: string, network: Network, batch: number, layout: Layout): Promise<void>
  /** ms of each run. */
  time(op: 'train' | 'eval', id: string, runs: number): Promise<number[]>
  peakBytes(): Promise<number>
  close(): Promise<void>
}

/** Where PyTorch's Python is; makes it on first use (some 200 MB in the user's cache). Says why on stderr where there is none. */
export async function torchPython(): Promise<string | undefined> {
  const variables = (): Record<string, string> => toolEnvironment()
  const reason = variables().SPLITBENCH_TORCH === undefined ? await provideTorch() : undefined
  if (reason !== undefined) console.error(`splitbench: no PyTorch to compare with, ours alone: ${reason}`)
  return variables().SPLITBENCH_TORCH
}

export async function startTorch(threads: number): Promise<Torch | undefined> {
  const python = await torchPython()
  if (python === undefined) return undefined
  const script = join(import.meta.dirname, '..', 'torch', 'contestant.py')
  const child = spawn(python, [script, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('PyTorch ended early')
    return JSON.parse(value) as T
  }
  const ask = <T>(request: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    return read<T>()
  }
  const { version } = await read<{ version: string }>()
  return {
    version,
    async load(id, network, batch, layout) {
      await ask({ op: 'load', id, layers: describeLayers(network), batch, layout, seed: 1 })
    },
    time: async (op, id, runs) => (await ask<{ ms: number[] }>({ op, id, runs })).ms,
    peakBytes: async () => (await ask<{ bytes: number }>({ op: 'memory' })).bytes,
    close: () =>
      new Promise((resolve) => {
        child.on('exit', () => resolve())
        child.stdin.end()
      }),
  }
}
