import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Side } from '#common/contract/inference.ts'
import { CodedError } from '#common/errors.ts'
import { toTime } from '#common/measurement/time.ts'
import type { Device } from '../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import type { PushProgress } from '../../src/main/workbench/devices/push.ts'
import { sha256File } from '../../src/system/hash.ts'
import { childrenWith, processesWith, sourceTransport } from '../support/agentProcess.ts'
import { writeNetworkCandidate } from '../support/networkCandidate.ts'
import { randomModel, smallVgg } from '../support/randomModel.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'

const never = new AbortController().signal
const rule = { seconds: 0.1, minIterations: 20 }

let folder: string
let store: string
let candidates: Record<'float32' | 'uint8', Awaited<ReturnType<typeof writeTinyCandidate>>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-agent-'))
  candidates = {
    float32: await writeTinyCandidate(join(folder, 'float32'), 'float32'),
    uint8: await writeTinyCandidate(join(folder, 'uint8'), 'uint8'),
  }
})
afterAll(() => rm(folder, { recursive: true }))

const devices: Device[] = []
const connect = async (entry?: string, env?: Record<string, string>): Promise<Device> => {
  store = await mkdtemp(join(folder, 'store-'))
  return reconnect(entry, env)
}
/** Another process over the same store. */
const reconnect = async (entry?: string, env?: Record<string, string>): Promise<Device> => {
  const device = await connectDevice(sourceTransport(store, entry, env))
  devices.push(device)
  return device
}
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.close()))
  expect(childrenWith(store)).toEqual([])
})

async function deploy(device: Device, form: 'float32' | 'uint8', side: Side) {
  const { head, tail, check, split } = candidates[form]
  const model = side === 'head' ? head : tail
  const hashes = await device.pushFiles([model, check], () => {}, never)
  return { side, model: hashes.get(model)!, check: hashes.get(check)!, split, threads: 1 }
}

describe('the agent', () => {
  it('tells what it runs on', async () => {
    const device = await connect()
    expect(device.info).toMatchObject({ name: 'local', kind: 'local', arch: process.arch, emulated: false })
    expect(device.info.cores).toBeGreaterThanOrEqual(1)
    expect(device.info.runtime).toMatch(/^ONNX Runtime 1\.\d+\.\d+, Node \d+/)
    expect(device.info.agent).toMatch(/^\d+\.\d+\.\d+$/)
    expect(device.source).toBe('measured')
    const conditions = await device.conditions()
    for (const value of [conditions.clockMhz, conditions.temperatureC]) expect(value).not.toBe(0)
  })

  it('says that it is emulated where it is told so', async () => {
    const device = await connect(undefined, { VPI: '1' })
    expect(device.info.emulated).toBe(true)
    expect(device.source).toBe('emulated')
  })

  it.each([
    ['agent/index.ts', 'uint8', 'head'],
    ['agent/index.ts', 'float32', 'head'],
    ['main/tail/index.ts', 'uint8', 'tail'],
    ['main/tail/index.ts', 'float32', 'tail'],
  ] as const)('(%s) checks and times the %s %s', async (entry, form, side) => {
    const device = await connect(entry)
    const deployed = await deploy(device, form, side)
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
    const device = await connect()
    const model = randomModel(smallVgg(0.125), 3)
    const { head, tail, check, split } = await writeNetworkCandidate(join(folder, point), model, point, form)
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
    const device = await connect()
    const head = await deploy(device, 'uint8', 'head')
    const bytes = await readFile(candidates.uint8.head)
    // The factor 1 of the last product becomes 0.97: a few codes move by more than one level.
    const one = bytes.indexOf(Buffer.from(Float32Array.of(1).buffer))
    bytes.set(new Uint8Array(Float32Array.of(0.97).buffer), one)
    const path = join(folder, 'other.onnx')
    await writeFile(path, bytes)
    const model = (await device.pushFiles([path], () => {}, never)).get(path)!
    const result = await device.check({ ...head, model }, never)
    expect(result).toMatchObject({ ok: false, reason: /% of the codes differ, by up to \d+ levels/ })
    expect(result.maxLevels).toBeGreaterThan(1)
  })

  it('refuses what is not there, what is no model, and check data of another split', async () => {
    const device = await connect()
    const head = await deploy(device, 'uint8', 'head')
    await expect(device.check({ ...head, model: '0'.repeat(64) }, never)).rejects.toMatchObject({
      code: 'device-failed',
      message: /not on the device/,
    })
    await expect(device.check({ ...head, model: head.check }, never)).rejects.toMatchObject({
      code: 'device-failed',
      message: /ONNX Runtime refuses the model/,
    })
    await expect(device.check({ ...head, split: candidates.float32.split }, never)).rejects.toMatchObject({
      code: 'check-failed',
      message: /do not fit the split/,
    })
    expect(await device.check(head, never)).toMatchObject({ ok: true })
  })

  it('runs one thing at a time, and only what is still wanted', async () => {
    const device = await connect()
    const deployed = await deploy(device, 'uint8', 'head')
    const order: string[] = []
    const abort = new AbortController()
    const first = device.time(deployed, rule, () => {}, never).then(() => order.push('first'))
    const second = device.time(deployed, rule, () => {}, abort.signal).catch(({ code }) => order.push(code))
    const third = device.check(deployed, never).then(() => order.push('third'))
    abort.abort()
    await Promise.all([first, second, third])
    expect(order).toEqual(['first', 'cancelled', 'third'])
  })
})

describe('a push', () => {
  it('sends only what is missing, tells bytes, rate and rest, and resumes what was broken off', async () => {
    const device = await connect()
    const path = join(folder, 'big.bin')
    await writeFile(path, Buffer.alloc(3_000_000, 'splitbench'))
    const hash = await sha256File(path)
    const abort = new AbortController()
    const seen: PushProgress[] = []
    await expect(
      device.pushFiles(
        [path],
        (progress) => {
          seen.push(progress)
          if (progress.done > 1_000_000) abort.abort()
        },
        abort.signal,
      ),
    ).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readdir(store)).toEqual([`${hash}.part`])

    const again = await reconnect()
    const resumed: PushProgress[] = []
    await again.pushFiles([path, path], (progress) => resumed.push(progress), never)
    expect(await readdir(store)).toEqual([hash])
    expect(resumed[0]!.total).toBeLessThan(2_000_000)
    expect(resumed.at(-1)).toMatchObject({ done: resumed[0]!.total, etaS: 0, path })
    expect(resumed.at(-1)!.bytesPerSecond).toBeGreaterThan(0)

    const nothing: PushProgress[] = []
    await again.pushFiles([path], (progress) => nothing.push(progress), never)
    expect(nothing).toEqual([])
  })

  it('fails where the file changes under it, and leaves no file', async () => {
    const device = await connect()
    const path = join(folder, 'changing.bin')
    await writeFile(path, Buffer.alloc(4_000_000, 'a'))
    let changed: Promise<void> | undefined
    await expect(
      device.pushFiles(
        [path],
        () => {
          changed ??= writeFile(path, Buffer.alloc(4_000_000, 'c'))
        },
        never,
      ),
    ).rejects.toBeInstanceOf(CodedError)
    await changed
    expect((await readdir(store)).filter((name) => !name.endsWith('.part'))).toEqual([])
  })

  it('goes on with a new agent after the first was killed in the middle', async () => {
    const device = await connect()
    const path = join(folder, 'killed.bin')
    await writeFile(path, Buffer.alloc(4_000_000, 'killed'))
    const [pid] = childrenWith(store) as [number]
    await expect(
      device.pushFiles(
        [path],
        ({ done }) => {
          if (done > 1_000_000) process.kill(pid, 'SIGKILL')
        },
        never,
      ),
    ).rejects.toMatchObject({ code: 'device-failed', message: /ended by SIGKILL/ })
    const again = await reconnect()
    const hashes = await again.pushFiles([path], () => {}, never)
    expect(await readdir(store)).toEqual([hashes.get(path)])
  })
})

describe('an end in the middle of a timing', () => {
  const long = { seconds: 600, minIterations: 20 }

  it('by a cancellation: the agent stops at once and serves the next', async () => {
    const device = await connect()
    const deployed = await deploy(device, 'uint8', 'head')
    const abort = new AbortController()
    let kept = 0
    const timing = device.time(
      deployed,
      long,
      (samples) => {
        kept += samples.length
        abort.abort()
      },
      abort.signal,
    )
    await expect(timing).rejects.toMatchObject({ code: 'cancelled' })
    expect(kept).toBeGreaterThan(0)
    expect(await device.check(deployed, never)).toMatchObject({ ok: true })
  })

  it('by kill -9: the error says so, the samples are kept, nothing hangs', async () => {
    const device = await connect()
    const deployed = await deploy(device, 'uint8', 'head')
    const [pid] = childrenWith(store) as [number]
    let kept = 0
    const timing = device.time(
      deployed,
      long,
      (samples) => {
        kept += samples.length
        process.kill(pid, 'SIGKILL')
      },
      never,
    )
    await expect(timing).rejects.toMatchObject({ code: 'device-failed', message: /ended by SIGKILL/, exitCode: 1 })
    expect(kept).toBeGreaterThan(0)
    const again = await reconnect()
    expect(await again.check(deployed, never)).toMatchObject({ ok: true })
  })

  it('by closing the channel: the process is gone', async () => {
    const device = await connect()
    const deployed = await deploy(device, 'uint8', 'head')
    const timing = device.time(deployed, long, () => void device.close(), never)
    await expect(timing).rejects.toMatchObject({ code: 'device-failed' })
    await device.close()
    expect(childrenWith(store)).toEqual([])
  })

  it('by kill -9 of whoever started it: the agent ends by itself', async () => {
    store = await mkdtemp(join(folder, 'store-'))
    const { head, check, split } = candidates.uint8
    const script = `
      import { connectDevice } from '${join(import.meta.dirname, '../../src/main/workbench/devices/device.ts')}'
      import { sourceTransport } from '${join(import.meta.dirname, '../support/agentProcess.ts')}'
      const never = new AbortController().signal
      const device = await connectDevice(sourceTransport(${JSON.stringify(store)}))
      const hashes = await device.pushFiles(${JSON.stringify([head, check])}, () => {}, never)
      const [model, check] = [...hashes.values()]
      const deployed = { side: 'head', model, check, split: ${JSON.stringify(split)}, threads: 1 }
      await device.time(deployed, ${JSON.stringify(long)}, () => console.log('timing'), never)`
    const host = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(host.stdout, 'data')
    const agents = processesWith('agent/index.ts', store)
    expect(agents).toHaveLength(1)
    host.kill('SIGKILL')
    await once(host, 'close')
    await expect.poll(() => processesWith('agent/index.ts', store), { timeout: 4000 }).toEqual([])
  })
})

describe('an agent whose folder cannot be used', () => {
  it('says so', async () => {
    const path = join(folder, 'a-file')
    await writeFile(path, '')
    store = join(path, 'store')
    await expect(reconnect()).rejects.toMatchObject({ code: 'device-failed', message: /exit code 1 \(.*a-file.*\)/ })
  })
})
