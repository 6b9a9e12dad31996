import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { childrenWith, lyingTransport } from '../../../support/agentProcess.ts'
import { smallestSplit as split } from '../../../support/smallestSplit.ts'

const never = new AbortController().signal
const rule = { seconds: 0.2, minIterations: 30 }
const deployed = { side: 'head' as const, model: '1'.repeat(64), check: '2'.repeat(64), split, threads: 1 }

let device: Device | undefined
/** Short for the agents that say nothing; the others must not fail because this computer is busy. */
const silent = new Set(['silent', 'deaf', 'foreign-events', 'only-conditions'])
const connect = async (lie: string) => {
  const silenceMs = silent.has(lie) ? 4000 : 60_000
  device = await connectDevice(lyingTransport(lie), { silenceMs, cancelMs: 300 })
  return device
}
afterEach(async () => {
  await device?.close()
  device = undefined
  expect(childrenWith('lyingAgent')).toEqual([])
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
const unprintable = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/

describe('an agent that cannot be talked to', () => {
  it.each([
    ['garbage', 'protocol-violated', /not a message of this protocol/],
    ['huge-frame', 'protocol-violated', /4294967295 bytes, over the limit/],
    ['array-bomb', 'protocol-violated', /announces more than it holds/],
    ['wrong-type', 'protocol-violated', /answer to "hello".*cores/],
    ['negative-cores', 'protocol-violated', /answer to "hello".*cores/],
    ['silent', 'device-failed', /no answer for 4 s/],
    ['exit-132', 'device-unsupported', /instructions this CPU lacks/],
    ['illegal', 'device-unsupported', /instructions this CPU lacks/],
    ['exit-3', 'device-failed', /exit code 3 \(evil text last words|exit code 3 \(line last words\)/],
    ['stubborn-stdout', 'device-failed', /the agent was ended by SIGKILL/],
  ])('%s: %s', async (lie, code, message) => {
    const error = await connect(lie).then(
      () => undefined,
      (reason) => reason,
    )
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(error.message).toMatch(/^Device board: /)
    expect(error.message).not.toMatch(unprintable)
  })

  it('is not there at all', async () => {
    const { childTransport } = await import('../../../../src/main/workbench/devices/childTransport.ts')
    await expect(connectDevice(childTransport('board', { command: '/no/such/agent', args: [] }))).rejects.toMatchObject(
      {
        code: 'device-failed',
        message: expect.stringMatching(/could not be started/),
      },
    )
  })
})

describe('an agent that lies in a timing', () => {
  it.each([
    ['nan', 'protocol-violated', /event "samples".*modelMs/],
    ['infinite', 'protocol-violated', /event "samples".*modelMs/],
    ['negative', 'protocol-violated', /event "samples".*modelMs/],
    ['uneven', 'protocol-violated', /differ in number/],
    ['fast-clock', 'timing-refused', /its clock cannot be right/],
    ['early', 'protocol-violated', /ended after \d+ ms of 0.2 s/],
    ['miscount', 'protocol-violated', /counts 1000000 samples where 100 arrived/],
    ['too-few', 'protocol-violated', /ended after 1 of 30 runs/],
    ['instant', 'timing-refused', /too short to be timed/],
    ['endless', 'protocol-violated', /samples without end/],
    ['endless-conditions', 'protocol-violated', /conditions without end/],
    ['empty-batches', 'protocol-violated', /a batch without samples/],
    ['only-conditions', 'protocol-violated', /conditions but no samples for \d+ s/],
    ['other-side', 'protocol-violated', /side that it was not asked for/],
    ['other-round', 'protocol-violated', /round that is not due/],
    ['future', 'timing-refused', /its clock cannot be right/],
    ['no-sides', 'protocol-violated', /answers for 0 sides/],
    ['foreign-events', 'device-failed', /no answer for 4 s/],
    ['deaf', 'device-failed', /no answer for 4 s/],
    ['pretends-cancel', 'device-failed', /^Device board: x$/],
    ['fails-oddly', 'disk-full', /the disk is full/],
    ['dies-in-timing', 'device-failed', /ended by SIGKILL/],
  ])(
    '%s: %s',
    async (lie, code, message) => {
      const liar = await connect(lie)
      const error = await liar
        .time(deployed, rule, () => {}, never)
        .then(
          () => undefined,
          (reason) => reason,
        )
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
      expect(error.message).not.toMatch(unprintable)
    },
    30_000,
  )

  it('is killed where it does not stop after a cancellation', async () => {
    const abort = new AbortController()
    const deaf = await connect('deaf')
    const timing = deaf.time(deployed, rule, () => {}, abort.signal)
    setTimeout(() => abort.abort(), 50)
    await expect(timing).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('has handed over what came before it died', async () => {
    const liar = await connect('dies-in-timing')
    const kept: number[] = []
    await expect(
      liar.time(deployed, rule, (samples) => kept.push(...samples.map(({ modelMs }) => modelMs)), never),
    ).rejects.toMatchObject({ code: 'device-failed' })
    expect(kept).toEqual([1, 1])
    await expect(liar.conditions()).rejects.toMatchObject({ code: 'device-failed' })
  })
})

describe('an agent that lies elsewhere', () => {
  it('cannot repaint the terminal with its facts or its reasons', async () => {
    const liar = await connect('escapes')
    expect(liar.info).toMatchObject({ arch: 'evil text line', name: 'board', kind: 'local' })
    expect(liar.info.os.length).toBeLessThanOrEqual(300)
    expect((await liar.conditions()).throttled).toBe('evil text line')
    expect(await liar.check(deployed, never)).toMatchObject({ ok: false, reason: 'evil text line' })
  })

  it.each([
    ['check-nan', /answer to "check"/],
    ['check-both', /yes and no at once/],
    ['check-far', /yes and no at once/],
  ])('%s', async (lie, message) => {
    const liar = await connect(lie)
    await expect(liar.check(deployed, never)).rejects.toMatchObject({
      code: 'protocol-violated',
      message: expect.stringMatching(message),
    })
  })

  it('cannot make this side answer a flood of requests', async () => {
    const liar = await connect('flood-of-requests')
    await expect(liar.conditions()).rejects.toMatchObject({ code: 'protocol-violated' })
  })

  it('is ended even if it ignores that its input was closed', async () => {
    const liar = await connect('stays')
    await liar.close()
    expect(childrenWith('lyingAgent')).toEqual([])
  })

  it('gets only the files that were meant for it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'splitbench-lies-'))
    const path = join(folder, 'head.onnx')
    await writeFile(path, 'content')
    const other = await connect('other-files')
    expect([...(await other.pushFiles([path], () => {}, never)).keys()]).toEqual([path])
    await other.close()
    const trick = await connect('path-trick')
    await expect(trick.pushFiles([path], () => {}, never)).rejects.toMatchObject({ code: 'protocol-violated' })
    await trick.close()
    const refusing = await connect('never-there')
    await expect(refusing.pushFiles([path], () => {}, never)).rejects.toMatchObject({ code: 'device-failed' })
    await rm(folder, { recursive: true })
  })
})
