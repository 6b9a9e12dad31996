import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Side } from '#common/contract/inference.ts'
import type { DeployedSide, Device } from '../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import { childrenWith, sourceTransport } from './agentProcess.ts'
import { writeTinyCandidate } from './tinyCandidate.ts'

type Form = 'float32' | 'uint8'

/**
 * Real agents for the tests of one file: a fresh store for each, tiny candidates to run, and after every test all of
 * them closed with no process left.
 */
export function useAgents() {
  const devices: Device[] = []
  const bench = {
    /** For files of the tests. */
    folder: '',
    /** Of the agent that was connected last. */
    store: '',
    candidates: {} as Record<Form, Awaited<ReturnType<typeof writeTinyCandidate>>>,
    async newStore(): Promise<string> {
      bench.store = await mkdtemp(join(bench.folder, 'store-'))
      return bench.store
    },
    async connect(entry?: string, env?: Record<string, string>, args?: string[]): Promise<Device> {
      await bench.newStore()
      return bench.reconnect(entry, env, args)
    },
    /** Another process over the same store. */
    async reconnect(entry?: string, env?: Record<string, string>, args?: string[]): Promise<Device> {
      const device = await connectDevice(sourceTransport(bench.store, entry, env, args))
      devices.push(device)
      return device
    },
    /** Pushes one side of a tiny candidate. */
    async deploy(device: Device, form: Form, side: Side): Promise<DeployedSide> {
      const { head, tail, check, split } = bench.candidates[form]
      const model = side === 'head' ? head : tail
      const hashes = await device.pushFiles([model, check], () => {}, new AbortController().signal)
      return { side, model: hashes.get(model)!, check: hashes.get(check)!, split, threads: 1 }
    },
  }
  beforeAll(async () => {
    bench.folder = await mkdtemp(join(tmpdir(), 'splitbench-agent-'))
    for (const form of ['float32', 'uint8'] as const) {
      bench.candidates[form] = await writeTinyCandidate(join(bench.folder, form), form)
    }
  })
  afterEach(async () => {
    await Promise.all(devices.splice(0).map((device) => device.close()))
    expect(childrenWith(bench.store)).toEqual([])
  })
  afterAll(() => rm(bench.folder, { recursive: true }))
  return bench
}
