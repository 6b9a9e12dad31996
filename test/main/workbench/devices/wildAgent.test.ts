import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { connectDevice, type Device } from '../../../../src/main/workbench/devices/device.ts'
import { cooperateCandidates } from '../../../../src/main/workbench/experiments/cooperative.ts'
import { testLink } from '../../../../src/main/workbench/experiments/linkTest.ts'
import { writeTinyCandidate } from '../../../support/tinyCandidate.ts'
import { type Deed, deeds, wildTransport } from '../../../support/wildAgent.ts'

const signal = new AbortController().signal
/** Short: silence is one of the deeds. */
const limits = { silenceMs: 150, cancelMs: 100 }
const hangMs = 10_000
const rule = { seconds: 0.03, minIterations: 30 }
let outer = ''
let run = ''
let candidate: Awaited<ReturnType<typeof writeTinyCandidate>>

beforeAll(async () => {
  outer = await mkdtemp(join(tmpdir(), 'splitbench-wild-'))
  run = join(outer, 'run')
  candidate = await writeTinyCandidate(run, 'uint8')
  await writeFile(join(run, 'split.json'), JSON.stringify(candidate.split))
})
afterAll(() => rm(outer, { recursive: true }))

/** What a job asks of a device; each is tried on an agent of its own. */
const jobs: Record<string, (device: Device, server: Device) => Promise<unknown>> = {
  conditions: (device) => device.conditions(),
  push: async (device) => [...(await device.pushFiles([candidate.head, candidate.check], () => {}, signal)).values()],
  check: (device) => device.check(side(), signal),
  time: async (device) => (await device.timeTogether({ sides: [side()], rule, rounds: 1 }, {}, signal)).before,
  profile: (device) => device.profile(side(), rule, signal),
  meter: (device) => device.power.meter(),
  energy: (device) => device.power.measure({ ...side(), idleS: 0, seconds: 0.03 }, null, signal),
  link: (device, server) => testLink({ device, server, shape: null, signal, onProgress() {} }),
  together: (device, server) => {
    const files = { head: 'head.onnx', tail: 'tail.onnx', split: 'split.json', check: 'check.safetensors' }
    const named = { id: 'tiny', framework: 'only-splitting', step: null, partitionPoint: 'pool1', codec: 'uint8' }
    const candidates = [{ ...named, payloadBytes: 48, headerBytes: 16, files } as UntimedCandidate]
    return cooperateCandidates({
      ...{ folder: run, candidates, points: ['pool1'], device, server, shaped: false, fresh: true, signal },
      ...{ link: { name: 'wifi', rateMbps: 18.88, rttMs: null }, rule: { ...rule, rounds: 1, threads: 1 } },
      ...{ onProgress() {}, onLog() {} },
    })
  },
}
const side = () => ({
  ...{ side: 'head' as const, model: '1'.repeat(64), check: '2'.repeat(64), split: candidate.split, threads: 1 },
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
const unprintable = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/
const strings = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)])
      : []

/** A result whose texts can be shown and whose numbers are numbers, or one coded error; in time. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), hangMs)
  })
  try {
    const result = await Promise.race([work, late])
    for (const text of strings(result)) expect(text).not.toMatch(unprintable)
    expect(JSON.stringify(result) ?? '').not.toMatch(/NaN|Infinity/)
    return 'result'
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(unprintable)
    return error.code
  } finally {
    clearTimeout(timer)
  }
}

/** One job against agents that follow these plans. */
async function attempt(job: string, plans: [Deed[], Deed[]], rude: boolean): Promise<string> {
  const opened: Device[] = []
  const work = async () => {
    for (const plan of plans) opened.push(await connectDevice(wildTransport(plan, rude), limits))
    return jobs[job]!(opened[0]!, opened[1]!)
  }
  try {
    return await outcomeOf(work())
  } finally {
    for (const device of opened) await device.close()
  }
}

it('whatever an agent answers, a job ends with a result or one clear error, and writes nowhere else', async () => {
  const outcomes = new Map<string, number>()
  const plan = fc.array(deeds, { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(jobs)),
      fc.tuple(plan, plan),
      fc.boolean(),
      async (job, plans, rude) => {
        const outcome = await attempt(job, plans, rude)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      },
    ),
    { seed: 20_261_127, numRuns: 250 },
  )
  // The agents got far enough for all of this to mean something.
  expect(outcomes.get('result')).toBeGreaterThan(30)
  expect(outcomes.get('protocol-violated')).toBeGreaterThan(30)
  expect(await readdir(outer)).toEqual(['run'])
  const written = (await readdir(run, { recursive: true })).filter((name) => !/^(head|tail|check|split)\./.test(name))
  for (const name of written) expect(name).toMatch(/^cooperative(\/[0-9a-f]{16}\.jsonl?)?$/)
}, 120_000)

it.each(Object.keys(jobs))('an agent without a fault is no trouble: %s', async (job) => {
  expect(await attempt(job, [[], []], false)).toBe('result')
})
