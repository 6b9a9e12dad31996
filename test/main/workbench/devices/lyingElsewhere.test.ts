/** Agents that lie about profiles, power, links and inferences: the workbench ends with one clear error each. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { openDataLink } from '../../../../src/main/workbench/devices/link/dataLink.ts'
import { testLink } from '../../../../src/main/workbench/experiments/linkTest.ts'
import { childrenWith, lyingTransport } from '../../../support/agentProcess.ts'
import { useAgents } from '../../../support/agents.ts'
import { smallestSplit as split } from '../../../support/smallestSplit.ts'

const agents = useAgents()
const never = new AbortController().signal
const rule = { seconds: 0.2, minIterations: 30 }
const key = { session: 's', token: new Uint8Array(16) }
const files = { model: '1'.repeat(64), check: '2'.repeat(64), split, threads: 1 }
const order = { ...key, ...files, partition: 0, dial: { way: 'relay' as const }, ...rule, warmup: 1, answerMs: 1000 }

let liar: Device
const connect = async (lie: string): Promise<Device> => {
  liar = await connectDevice(lyingTransport(lie), { silenceMs: lie.endsWith('-silent') ? 4000 : 60_000, cancelMs: 300 })
  return liar
}
afterEach(async () => {
  await liar.close()
  expect(childrenWith('lyingAgent')).toEqual([])
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
const unprintable = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/

/** The error that the promise ends with, fit to be shown. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    (result) => ({ message: `no error but ${JSON.stringify(result)}` }),
    (reason) => reason,
  )
  expect(error.message).not.toMatch(unprintable)
  return error
}
const thatSays = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) })

describe('a profile that cannot be', () => {
  it.each([
    ['profile-nan', 'protocol-violated', /answer to "profile".*meanMs/],
    ['profile-negative', 'protocol-violated', /answer to "profile".*errorMs/],
    ['profile-shape', 'protocol-violated', /answer to "profile".*nodes/],
    ['profile-fraction', 'protocol-violated', /answer to "profile".*runs/],
    ['profile-few', 'protocol-violated', /1 of 30 runs/],
    ['profile-huge', 'timing-refused', /clock cannot be right/],
    ['profile-oversized', 'protocol-violated', /over the limit/],
    ['profile-endless', 'protocol-violated', /event "waiting"/],
  ])('%s: %s', async (lie, code, message) => {
    const device = await connect(lie)
    const work = device.profile({ side: 'head', ...files }, rule, never)
    expect(await errorOf(work)).toMatchObject(thatSays(code, message))
  })

  it('has operators whose names can be printed', async () => {
    const device = await connect('escapes')
    const { nodes } = await device.profile({ side: 'head', ...files }, rule, never)
    expect(nodes).toEqual([{ name: 'evil text line', operator: 'evil text line', meanMs: 0.001, errorMs: 0 }])
  })
})

describe('power that cannot be', () => {
  const energy = { ...files, idleS: 0.1, seconds: 0.3 }
  it.each([
    ['energy-nan', 'protocol-violated', /answer to "energy".*runMs/],
    ['energy-infinite', 'protocol-violated', /answer to "energy".*watts/],
    ['energy-negative', 'protocol-violated', /answer to "energy".*watts/],
    ['energy-huge', 'protocol-violated', /answer to "energy".*watts/],
    ['energy-shape', 'protocol-violated', /answer to "energy".*active/],
    ['energy-claims', 'timing-refused', /clock cannot be right/],
    ['energy-early', 'protocol-violated', /ended after \d+ of 400 ms/],
    ['energy-silent', 'device-failed', /no answer for 4 s/],
  ])('%s: %s', async (lie, code, message) => {
    const device = await connect(lie)
    expect(await errorOf(device.power.measure(energy, null, never))).toMatchObject(thatSays(code, message))
  })

  it('comes from a meter whose name can be printed', async () => {
    const device = await connect('escapes')
    const name = await device.power.meter()
    expect(name).toMatch(/^evil text/)
    expect(name).not.toMatch(unprintable)
    expect(name!.length).toBeLessThanOrEqual(80)
    expect((await device.power.measure(energy, null, never))?.meter).toBe('evil text line')
  })

  it('is refused below 0, and so is a temperature above the sun', async () => {
    const device = await connect('power-negative')
    expect(await errorOf(device.power.meter())).toMatchObject(thatSays('protocol-violated', /"powerMeter".*watts/))
    await device.close()
    const hot = await connect('hot')
    expect(await errorOf(hot.conditions())).toMatchObject(thatSays('protocol-violated', /"conditions".*temperatureC/))
  })
})

describe('cooperative inference that cannot be', () => {
  it.each([
    ['infer-nan', 'protocol-violated', /event "inferences".*wholeMs/],
    ['infer-negative', 'protocol-violated', /event "inferences".*headMs/],
    ['infer-oversized', 'protocol-violated', /event "inferences".*wholeMs/],
    ['infer-sum', 'protocol-violated', /do not add up/],
    ['infer-server', 'protocol-violated', /worked for longer/],
    ['infer-uneven', 'protocol-violated', /differ in number/],
    ['infer-empty', 'protocol-violated', /a batch without inferences/],
    ['infer-endless', 'protocol-violated', /inferences without end/],
    ['infer-fast-clock', 'timing-refused', /clock cannot be right/],
    ['infer-early', 'protocol-violated', /ended after \d+ ms of 0.2 s/],
    ['infer-few', 'protocol-violated', /ended after 1 of 30/],
    ['infer-miscount', 'protocol-violated', /counts 1000000000 inferences/],
    ['infer-images', 'protocol-violated', /more images equal/],
    ['infer-error', 'protocol-violated', /answer to "cooperate".*error/],
    ['infer-conditions', 'protocol-violated', /answer to "cooperate".*temperatureC/],
  ])(
    '%s: %s',
    async (lie, code, message) => {
      const { cooperation } = await connect(lie)
      expect(await errorOf(cooperation.cooperate(order, () => {}, never))).toMatchObject(thatSays(code, message))
    },
    60_000,
  )

  it('is cut off where a device sends data without end', async () => {
    const device = await connect('flood-of-data')
    const abort = new AbortController()
    const heard: number[] = []
    device.cooperation.onData(key.session, (bytes) => heard.push(bytes.length))
    const running = errorOf(device.cooperation.cooperate(order, () => {}, abort.signal))
    await expect.poll(() => heard.length).toBeGreaterThan(20)
    abort.abort()
    expect(await running).toMatchObject(thatSays('cancelled', /Cancelled/))
  })
})

describe('a link that cannot be', () => {
  it.each([
    ['probe-nan', 'protocol-violated', /answer to "probeLink".*roundTripMs/],
    ['probe-negative', 'protocol-violated', /answer to "probeLink".*roundTripMs/],
    ['probe-count', 'protocol-violated', /another number of messages/],
    ['probe-huge', 'timing-refused', /clock cannot be right/],
  ])('%s: %s', async (lie, code, message) => {
    const device = await connect(lie)
    const server = await agents.connect('main/tail/index.ts')
    const test = testLink({ device, server, shape: null, signal: never, onProgress: () => {} })
    expect(await errorOf(test)).toMatchObject(thatSays(code, message))
  })

  it.each([
    ['port-huge', /answer to "serveTail".*port/],
    ['port-none', /another way than it was told/],
  ])('%s', async (lie, message) => {
    const server = await connect(lie)
    const device = await agents.connect()
    const opening = openDataLink({ device, server, tail: null, shape: null }, never)
    expect(await errorOf(opening)).toMatchObject(thatSays('protocol-violated', message))
    expect(await server.cooperation.endTail('s')).toBe('evil text line')
  })
})
