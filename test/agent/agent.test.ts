import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toTime } from '#common/measurement/time.ts'
import { useAgents } from '../support/agents.ts'
import { writeNetworkCandidate } from '../support/networkCandidate.ts'
import { randomModel, smallVgg } from '../support/randomModel.ts'

const agents = useAgents()
const never = new AbortController().signal
const rule = { seconds: 0.1, minIterations: 20 }

describe('the agent', () => {
  it('tells what it runs on', async () => {
    const device = await agents.connect()
    expect(device.info).toMatchObject({ name: 'local', kind: 'local', arch: process.arch, emulated: false })
    expect(device.info.cores).toBeGreaterThanOrEqual(1)
    expect(device.info.runtime).toMatch(/^ONNX Runtime 1\.\d+\.\d+, Node \d+/)
    expect(device.info.agent).toMatch(/^\d+\.\d+\.\d+$/)
    expect(device.source).toBe('measured')
    const conditions = await device.conditions()
    for (const value of [conditions.clockMhz, conditions.temperatureC]) expect(value).not.toBe(0)
  })

  it('says that it is emulated where it is told so', async () => {
    const device = await agents.connect(undefined, { VPI: '1' })
    expect(device.info.emulated).toBe(true)
    expect(device.source).toBe('emulated')
  })

  it.each([
    ['agent/index.ts', 'uint8', 'head'],
    ['agent/index.ts', 'float32', 'head'],
    ['main/tail/index.ts', 'uint8', 'tail'],
    ['main/tail/index.ts', 'float32', 'tail'],
  ] as const)('(%s) checks and times the %s %s', async (entry, form, side) => {
    const device = await agents.connect(entry)
    const deployed = await agents.deploy(device, form, side)
    const check = await device.check(deployed, never)
    expect(check).toMatchObject({ ok: true, reason: null })
    expect(check.error).toBeLessThan(1e-5)
    let streamed = 0
    const timing = await device.time(deployed, rule, (samples) => (streamed += samples.length), never)
    expect(timing.modelMs).toHaveLength(streamed)
    expect(timing.codecMs).toHaveLength(streamed)
    expect(streamed).toBeGreaterThanOrEqual(rule.minIterations)
    expect(timing.warmup).toBeGreaterThan(0)
    const time = toTime(
      timing.modelMs.map((model, i) => model + timing.codecMs[i]!),
      device.source,
    )
    expect(time.median).toBeGreaterThan(0)
    expect(time.ci95[0]).toBeLessThanOrEqual(time.median)
  })

  it.each([
    ['input', 'uint8'],
    ['conv2', 'uint8'],
    ['pool3', 'float32'],
    ['output', 'float32'],
  ] as const)('agrees with the plain-loop reference about VGG16 cut at %s (%s)', async (point, form) => {
    const device = await agents.connect()
    const model = randomModel(smallVgg(0.125), 3)
    const { head, tail, check, split } = await writeNetworkCandidate(join(agents.folder, point), model, point, form)
    const hashes = await device.pushFiles([head, tail, check], () => {}, never)
    for (const [side, path] of [
      ['head', head],
      ['tail', tail],
    ] as const) {
      const deployed = { side, model: hashes.get(path)!, check: hashes.get(check)!, split, threads: 2 }
      expect(await device.check(deployed, never)).toMatchObject({ ok: true, reason: null })
      expect((await device.time(deployed, rule, () => {}, never)).modelMs.length).toBeGreaterThanOrEqual(20)
    }
  })

  it('finds that a model computes something else', async () => {
    const device = await agents.connect()
    const head = await agents.deploy(device, 'uint8', 'head')
    const bytes = await readFile(agents.candidates.uint8.head)
    // The factor 1 of the last product becomes 0.97: a few codes move by more than one level.
    const one = bytes.indexOf(Buffer.from(Float32Array.of(1).buffer))
    bytes.set(new Uint8Array(Float32Array.of(0.97).buffer), one)
    const path = join(agents.folder, 'other.onnx')
    await writeFile(path, bytes)
    const model = (await device.pushFiles([path], () => {}, never)).get(path)!
    const result = await device.check({ ...head, model }, never)
    expect(result).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/% of the codes differ, by up to \d+ levels/),
    })
    expect(result.maxLevels).toBeGreaterThan(1)
  })

  it('refuses what is not there, what is no model, and check data of another split', async () => {
    const device = await agents.connect()
    const head = await agents.deploy(device, 'uint8', 'head')
    await expect(device.check({ ...head, model: '0'.repeat(64) }, never)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/not on the device/),
    })
    await expect(device.check({ ...head, model: head.check }, never)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/ONNX Runtime refuses the model/),
    })
    await expect(device.check({ ...head, split: agents.candidates.float32.split }, never)).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringMatching(/do not fit the split/),
    })
    expect(await device.check(head, never)).toMatchObject({ ok: true })
  })

  it('runs one thing at a time, and only what is still wanted', async () => {
    const device = await agents.connect()
    const deployed = await agents.deploy(device, 'uint8', 'head')
    const order: string[] = []
    const abort = new AbortController()
    // What is unwanted and what comes after it may be answered in one breath: only what runs has an order.
    const first = device.time(deployed, rule, () => order.push('runs of the first'), never)
    const second = device.time(deployed, rule, () => order.push('runs of the second'), abort.signal)
    const third = device.check(deployed, never).then(() => order.push('third'))
    abort.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    await Promise.all([first, third])
    expect([...new Set(order)]).toEqual(['runs of the first', 'third'])
    expect(order.at(-1)).toBe('third')
  })
})

describe('an agent whose folder cannot be used', () => {
  it('says so', async () => {
    const path = join(agents.folder, 'a-file')
    await writeFile(path, '')
    agents.store = join(path, 'store')
    await expect(agents.reconnect()).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/exit code 1 \(.*a-file.*\)/),
    })
  })
})
