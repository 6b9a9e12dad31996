import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import type { CooperativeRequest } from '../../../../src/main/workbench/experiments/cooperative.ts'
import { cooperateCandidates } from '../../../../src/main/workbench/experiments/cooperative.ts'
import { childrenWith } from '../../../support/agentProcess.ts'
import { useAgents } from '../../../support/agents.ts'

const agents = useAgents()
const link = { name: '1mbps', rateMbps: 1, rttMs: null }

/** A tiny candidate as a run's folder holds it. */
async function request(
  device: Device,
  server: Device,
  form: 'uint8' | 'float32',
  change: Partial<CooperativeRequest> = {},
): Promise<CooperativeRequest> {
  const { split } = agents.candidates[form]
  await writeFile(join(agents.folder, form, 'split.json'), JSON.stringify(split))
  const payloadBytes = 48 * (form === 'uint8' ? 1 : 4)
  const file = (name: string) => join(form, name)
  const files = {
    head: file('head.onnx'),
    tail: file('tail.onnx'),
    split: file('split.json'),
    check: file('check.safetensors'),
  }
  const candidate = {
    ...{ id: `tiny-${form}`, framework: 'only-splitting', step: null, partitionPoint: 'pool1', codec: form },
    ...{ payloadBytes, headerBytes: 16, files },
  } as UntimedCandidate
  return {
    ...{ folder: agents.folder, candidates: [candidate], points: ['input', 'conv1', 'pool1'], device, server, link },
    shaped: true,
    rule: { seconds: 0.4, minIterations: 6, rounds: 2, threads: 1 },
    signal: new AbortController().signal,
    onProgress() {},
    onLog() {},
    ...change,
  }
}

describe('a candidate run by both', () => {
  it.each(['uint8', 'float32'] as const)('is composed and measured in one session, and kept, %s', async (form) => {
    const device = await agents.connect()
    const server = await agents.connect('main/tail/index.ts')
    const asked = await request(device, server, form)
    const progress: number[] = []
    const [point] = await cooperateCandidates({ ...asked, onProgress: ({ done }) => progress.push(done) })
    const bytes = asked.candidates[0]!.payloadBytes + 16
    expect(point).toMatchObject({ payloadBytes: bytes - 16, answerBytes: 16 + 4 * 4 + 8, answerWayMs: 0 })
    expect(point!.transmissionMs).toBe(transmissionMs(bytes, link))
    expect(point!.composedMs).toBeCloseTo(point!.deviceMs.median + point!.transmissionMs + point!.serverMs.median, 9)
    expect(point!.measuredMs.n).toBeGreaterThanOrEqual(6)
    expect(point!.error).toBeCloseTo(point!.composedMs / point!.measuredMs.median - 1, 9)
    expect(point!.agreement).toMatchObject({ argmaxEqual: point!.agreement.images })
    expect(progress.at(-1)).toBe(2)
    expect((await readdir(join(agents.folder, 'cooperative'))).filter((name) => name.endsWith('.jsonl'))).toEqual([])
    // The same work again takes what is there; fresh work does not.
    const again = await cooperateCandidates(asked)
    expect(again[0]).toEqual(point)
    const fresh = await cooperateCandidates({ ...asked, fresh: true })
    expect(fresh[0]!.measuredMs).not.toEqual(point!.measuredMs)
  })

  it('names the server where the server dies, and leaves the samples that there were', async () => {
    const device = await agents.connect()
    const server = await agents.connect('main/tail/index.ts')
    const [pid] = childrenWith(agents.store) as [number]
    const renamed = { ...server, info: { ...server.info, name: 'lab-server' } }
    const asked = await request(device, renamed, 'uint8', {
      link: { name: '2', rateMbps: 2, rttMs: null },
      rule: { seconds: 60, minIterations: 6, rounds: 1, threads: 1 },
    })
    let alone = 0
    const killing: Device = {
      ...renamed,
      // The tail is timed alone just before both work together.
      async time(...order) {
        const [deployed, , onSamples, signal] = order
        const timed = await server.time(deployed, { seconds: 0.2, minIterations: 6 }, onSamples, signal)
        alone = timed.modelMs.length
        setTimeout(() => process.kill(pid, 'SIGKILL'), 300)
        return timed
      },
    }
    const short: Device = {
      ...device,
      time: (deployed, _, onSamples, signal) =>
        device.time(deployed, { seconds: 0.2, minIterations: 6 }, onSamples, signal),
    }
    await expect(cooperateCandidates({ ...asked, device: short, server: killing })).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/ended by SIGKILL/),
    })
    expect(alone).toBeGreaterThan(0)
    const left = (await readdir(join(agents.folder, 'cooperative'))).filter((name) => name.endsWith('.jsonl'))
    expect(left).toHaveLength(1)
  })

  it('is refused where the logits are not those of the trainer', async () => {
    const device = await agents.connect()
    const server = await agents.connect('main/tail/index.ts')
    const asked = await request(device, server, 'float32', { link: { name: '3', rateMbps: 3, rttMs: null } })
    const lying: Device = {
      ...device,
      cooperation: {
        ...device.cooperation,
        cooperate: async (...order) => ({ ...(await device.cooperation.cooperate(...order)), error: 0.3 }),
      },
    }
    await expect(cooperateCandidates({ ...asked, device: lying })).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringMatching(/logits differ by 0.300/),
    })
  })
})
