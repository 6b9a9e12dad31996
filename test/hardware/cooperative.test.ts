import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Split } from '#common/contract/split.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import type { Device } from '../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import { openDataLink } from '../../src/main/workbench/devices/link/dataLink.ts'
import { testLink } from '../../src/main/workbench/experiments/linkTest.ts'
import { sourceTransport } from '../support/agentProcess.ts'
import { describeWith } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { installAgent, removeBundleAfterAll } from './virtualPi/agent.ts'
import { agentOverSsh } from './virtualPi/overSsh.ts'
import type { PiSession } from './virtualPi/session.ts'
import { openPiSession } from './virtualPi/session.ts'
import type { VirtualPi } from './virtualPi/virtualPi.ts'
import { startVirtualPi } from './virtualPi/virtualPi.ts'

const signal = new AbortController().signal

describeWith('qemu-arm64', 'a virtual Pi and this computer, inferring together', () => {
  let folder = ''
  let pi: VirtualPi
  let command = ''
  let session: PiSession
  let candidate: Awaited<ReturnType<typeof writeTinyCandidate>>
  removeBundleAfterAll()
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-together-'))
    candidate = await writeTinyCandidate(join(folder, 'candidate'), 'uint8')
    pi = await startVirtualPi()
    command = await installAgent(pi)
    session = await openPiSession(pi)
  })
  afterAll(async () => {
    await session?.end()
    await pi?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const onPi = (): Promise<Device> =>
    connectDevice({ name: 'pi', kind: 'ssh', open: () => session.start(command, { signal }) })
  const here = (entry: string): Promise<Device> => connectDevice(sourceTransport(join(folder, 'store'), entry))

  /** Twelve images with the head on one and the tail on the other. */
  async function together(
    device: Device,
    server: Device,
    shape: Parameters<typeof openDataLink>[0]['shape'] = null,
    coding: Partial<Split> = {},
  ) {
    const heads = await device.pushFiles([candidate.head, candidate.check], () => {}, signal)
    const tails = await server.pushFiles([candidate.tail], () => {}, signal)
    const split = { ...candidate.split, ...coding }
    const tail = { model: tails.get(candidate.tail)!, split, threads: 1 }
    const link = await openDataLink({ device, server, tail, shape }, signal)
    const { session: key, token, dial, way } = link
    const outcome = await device.cooperation.cooperate(
      {
        ...{ session: key, token, dial, split, threads: 1, partition: 3, answerMs: 60_000 },
        ...{ model: heads.get(candidate.head)!, check: heads.get(candidate.check)! },
        ...{ seconds: 0, minIterations: 12, warmup: 4 },
      },
      () => {},
      signal,
    )
    return { way, dial: dial.way, outcome, failure: await link.close() }
  }

  /** Both are closed whatever happens. */
  async function between<T>(ends: [Promise<Device>, Promise<Device>], use: (a: Device, b: Device) => Promise<T>) {
    const [a, b] = await Promise.all(ends)
    try {
      return await use(a, b)
    } finally {
      await Promise.all([a.close(), b.close()])
    }
  }

  it('goes through the ports of SSH, with the head on the board', async () => {
    const found = await between([onPi(), here('main/tail/index.ts')], (device, server) => together(device, server))
    expect(found).toMatchObject({ way: 'ssh', dial: 'tcp', failure: null })
    expect(found.outcome).toMatchObject({ images: 16, argmaxEqual: 16 })
    expect(found.outcome.samples.wholeMs).toHaveLength(12)
  })

  it.each(['range', 'png', 'brotli'] as const)('with features that the board codes by %s', async (compressor) => {
    const coding = { compressor, tiling: compressor === 'png' ? 'grid' : 'none' } as const
    const found = await between([onPi(), here('main/tail/index.ts')], (device, server) =>
      together(device, server, null, coding),
    )
    // A single other byte, and the server could not decode it to these logits.
    expect(found).toMatchObject({ failure: null, outcome: { images: 16, argmaxEqual: 16 } })
    expect(found.outcome.error).toBeLessThan(1e-3)
  })

  it('with the tail on the board, as any host that --server names', async () => {
    const found = await between([here('agent/index.ts'), onPi()], (device, server) => together(device, server))
    expect(found).toMatchObject({ way: 'ssh', dial: 'tcp', failure: null })
    expect(found.outcome).toMatchObject({ images: 16, argmaxEqual: 16 })
  })

  it('through the connection of the agent where there are no ports', async () => {
    const plain = connectDevice(agentOverSsh(pi, command))
    const found = await between([plain, here('main/tail/index.ts')], (device, server) => together(device, server))
    expect(found).toMatchObject({ way: 'relay', dial: 'relay', failure: null })
    expect(found.outcome).toMatchObject({ images: 16, argmaxEqual: 16 })
  })

  it('over a link that is paced on this computer', async () => {
    const shape = { name: '0.1', rateMbps: 0.1, rttMs: null }
    const found = await between([onPi(), here('main/tail/index.ts')], (device, server) =>
      together(device, server, shape),
    )
    const least = transmissionMs(48 + 16, shape)
    const { answerMs, serverMs } = found.outcome.samples
    for (const [i, ms] of answerMs.entries()) expect(ms - serverMs[i]!).toBeGreaterThan(least - 0.2)
  })

  it('has a link whose rate and round trip can be measured', async () => {
    const found = await between([onPi(), here('main/tail/index.ts')], (device, server) =>
      testLink({ device, server, shape: null, signal, onProgress() {} }),
    )
    expect(found.way).toBe('ssh')
    expect(found.rateMbps).toBeGreaterThan(0.1)
    expect(found.rttMs).toBeGreaterThan(0)
  })
})
