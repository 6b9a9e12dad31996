import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Simulation } from '#common/device/simulation.ts'
import { simulations } from '#common/device/simulation.ts'
import type { Block } from '#common/measurement/timingLoop.ts'
import { orderOfRound, totalMs } from '#common/measurement/timingLoop.ts'
import type { Device } from '../../src/main/workbench/devices/device.ts'
import { lockFile } from '../../src/system/inference/deviceLock.ts'
import { childrenWith } from '../support/agentProcess.ts'
import { useAgents } from '../support/agents.ts'
import { writeNetworkCandidate } from '../support/networkCandidate.ts'
import { randomModel, smallVgg } from '../support/randomModel.ts'

const agents = useAgents()
const never = new AbortController().signal
const rule = { seconds: 0.2, minIterations: 20 }

describe('several sides on the agent', () => {
  const sides = async (device: Device) => [
    await agents.deploy(device, 'uint8', 'head'),
    await agents.deploy(device, 'float32', 'head'),
    await agents.deploy(device, 'uint8', 'tail'),
  ]

  it('are timed in turns, and the samples say when and whose', async () => {
    const device = await agents.connect()
    const blocks: Block[] = []
    const work = { sides: await sides(device), rule, rounds: 5, seed: 7 }
    const timed = await device.timeTogether(work, { onBlock: (block) => void blocks.push(block) }, never)
    for (let round = 0; round < 5; round++) {
      const own = blocks.filter((block) => block.round === round)
      expect([...new Set(own.map(({ side }) => side))]).toEqual(orderOfRound(7, round, 3))
    }
    const moments = blocks.map(({ atMs }) => atMs)
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
    timed.sides.forEach(({ samples, warmup }, side) => {
      expect(samples).toEqual(blocks.filter((block) => block.side === side).flatMap((block) => block.samples))
      expect(samples.length).toBeGreaterThanOrEqual(20)
      expect(warmup).toBeGreaterThan(0)
    })
  })

  it('go on with the rounds that an earlier try left over', async () => {
    const device = await agents.connect()
    const rounds = new Set<number>()
    const work = { sides: await sides(device), rule, rounds: 5, firstRound: 3 }
    await device.timeTogether(work, { onBlock: ({ round }) => void rounds.add(round) }, never)
    expect([...rounds]).toEqual([3, 4])
  })

  it('tell the conditions meanwhile, without the load of the agent itself', async () => {
    const device = await agents.connect()
    const work = { sides: [await agents.deploy(device, 'uint8', 'head')], rule: { seconds: 2.5, minIterations: 10 } }
    const { during, after } = await device.timeTogether(work, {}, never)
    expect(during.length).toBeGreaterThanOrEqual(1)
    for (const { atMs, conditions } of during) {
      expect(atMs).toBeGreaterThan(0)
      expect(conditions.clockMhz).not.toBe(0)
    }
    if (existsSync('/proc/stat')) expect(after.otherCores ?? 0).toBeGreaterThanOrEqual(0)
  })

  it('run in batches, each image encoded on its own', async () => {
    const device = await agents.connect()
    const model = randomModel(smallVgg(0.125), 3)
    const { head, tail, check, split } = await writeNetworkCandidate(
      join(agents.folder, 'batch'),
      model,
      'pool4',
      'uint8',
      3,
    )
    const hashes = await device.pushFiles([head, tail, check], () => {}, never)
    const of = (side: 'head' | 'tail', batch: number) => ({
      side,
      model: hashes.get(side === 'head' ? head : tail)!,
      check: hashes.get(check)!,
      split,
      threads: 1,
      batch,
    })
    // More images than the check set has: they come round again.
    const work = { sides: [of('head', 1), of('head', 8), of('tail', 1), of('tail', 8)], rule }
    const { sides } = await device.timeTogether(work, {}, never)
    const middle = sides.map(({ samples }) => samples.map(totalMs).toSorted((a, b) => a - b)[samples.length >> 1]!)
    expect(middle[1]!).toBeGreaterThan(2 * middle[0]!)
    expect(middle[3]!).toBeGreaterThan(middle[2]!)
  })

  it('are named operator by operator by the profile', async () => {
    const device = await agents.connect()
    const model = randomModel(smallVgg(0.125), 3)
    const { head, check, split } = await writeNetworkCandidate(
      join(agents.folder, 'profile'),
      model,
      'pool2',
      'float32',
      2,
    )
    const hashes = await device.pushFiles([head, check], () => {}, never)
    const deployed = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
    const { runs, nodes } = await device.profile(deployed, { seconds: 0.1, minIterations: 20 }, never)
    expect(runs).toBeGreaterThanOrEqual(20)
    expect(nodes.map(({ name }) => name).join(' ')).toMatch(/conv1\S* .*conv2\S* .*pool1\S* .*conv3\S* .*conv4/)
    for (const { meanMs, errorMs } of nodes) {
      expect(meanMs).toBeGreaterThanOrEqual(0)
      expect(errorMs).toBeGreaterThanOrEqual(0)
    }
    expect(nodes.some(({ operator, meanMs }) => operator.includes('Conv') && meanMs > 0)).toBe(true)
  })
})

describe('clocks of the device', () => {
  it('that cannot resolve the work are refused', async () => {
    const coarse: Simulation = { ...simulations['pi-4']!, gamma: 1, clockStepMs: 5 }
    const device = await agents.connect(undefined, undefined, ['--simulate', JSON.stringify(coarse)])
    const head = await agents.deploy(device, 'uint8', 'head')
    await expect(device.time(head, rule, () => {}, never)).rejects.toMatchObject({
      code: 'timing-refused',
      message: expect.stringMatching(/steps of 5 ms.*too short/),
    })
  })

  it('may be set while it times: durations come from one that is monotonic', async () => {
    const jumping = 'let n=0;const now=Date.now;Date.now=()=>now()+(n++%2?1:-1)*36e5'
    const device = await agents.connect(undefined, {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(jumping)}`,
    })
    const head = await agents.deploy(device, 'uint8', 'head')
    const { modelMs } = await device.time(head, rule, () => {}, never)
    expect(modelMs.length).toBeGreaterThanOrEqual(20)
    expect(Math.max(...modelMs)).toBeLessThan(60_000)
  })
})

describe('two jobs on one device', () => {
  it('take turns; the second says for whom it waits', async () => {
    const first = await agents.connect()
    const second = await agents.reconnect()
    const head = await agents.deploy(first, 'uint8', 'head')
    const order: string[] = []
    const abort = new AbortController()
    let begun = (): void => {}
    const beginning = new Promise<void>((resolve) => {
      begun = resolve
    })
    const long = first
      .time(head, { seconds: 600, minIterations: 10 }, () => begun(), abort.signal)
      .catch(({ code }) => order.push(`first ${code}`))
    await beginning
    const holder = new Promise<{ pid: number; since: string }>((resolve) => second.onWaiting(resolve))
    const waiting = second.check(head, never).then(({ ok }) => order.push(`second ${ok}`))
    const { pid, since } = await holder
    expect(childrenWith(agents.store)).toContain(pid)
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now())
    abort.abort()
    await Promise.all([long, waiting])
    expect(order).toEqual(['first cancelled', 'second true'])
    expect(await readdir(agents.store)).not.toContain(lockFile)
  })

  it('can be cancelled while one waits', async () => {
    const first = await agents.connect()
    const second = await agents.reconnect()
    const head = await agents.deploy(first, 'uint8', 'head')
    const abort = new AbortController()
    let begun = (): void => {}
    const beginning = new Promise<void>((resolve) => {
      begun = resolve
    })
    const long = first.time(head, { seconds: 600, minIterations: 10 }, () => begun(), abort.signal).catch(() => {})
    await beginning
    const waits = new AbortController()
    second.onWaiting(() => waits.abort())
    await expect(second.check(head, waits.signal)).rejects.toMatchObject({ code: 'cancelled' })
    abort.abort()
    await long
    expect(await second.check(head, never)).toMatchObject({ ok: true })
  })

  it.each([
    ['a dead process', JSON.stringify({ pid: 2 ** 22 - 1, started: '1', since: '2026-01-01T00:00:00.000Z' })],
    ['a process with a recycled number', JSON.stringify({ pid: 1, started: '-1', since: '2026-01-01T00:00:00.000Z' })],
  ])('do not wait for %s', async (_what, content) => {
    const device = await agents.connect()
    const head = await agents.deploy(device, 'uint8', 'head')
    await writeFile(join(agents.store, lockFile), content)
    expect(await device.check(head, never)).toMatchObject({ ok: true })
  })

  it('do not wait for one that was killed in the middle', async () => {
    const first = await agents.connect()
    const head = await agents.deploy(first, 'uint8', 'head')
    const [pid] = childrenWith(agents.store) as [number]
    const long = first.time(head, { seconds: 600, minIterations: 10 }, () => process.kill(pid, 'SIGKILL'), never)
    await expect(long).rejects.toMatchObject({ code: 'device-failed' })
    expect(await readdir(agents.store)).toContain(lockFile)
    const second = await agents.reconnect()
    expect(await second.check(head, never)).toMatchObject({ ok: true })
  })
})
