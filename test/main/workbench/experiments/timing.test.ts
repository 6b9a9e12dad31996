import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Progress } from '#common/contract/job.ts'
import type { UntimedCandidate } from '#common/contract/result.ts'
import type { Split } from '#common/contract/split.ts'
import { roundsFor } from '#common/measurement/timingLoop.ts'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { jobsOf, timeCandidates } from '../../../../src/main/workbench/experiments/timing.ts'
import type { StoredGroup, StoredSide } from '../../../../src/main/workbench/experiments/timingGroup.ts'
import { groupByMemory, weigh } from '../../../../src/main/workbench/experiments/timingGroups.ts'
import { TimingStore } from '../../../../src/main/workbench/experiments/timingStore.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { childrenWith, sourceTransport } from '../../../support/agentProcess.ts'
import { writeTinyCandidate } from '../../../support/tinyCandidate.ts'

let folder: string
const devices: Device[] = []
const connect = async (name: string, entry = 'agent/index.ts') => {
  const device = await connectDevice(sourceTransport(join(folder, name), entry))
  devices.push(device)
  return device
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-timing-'))
})
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.close()))
  expect(childrenWith(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

/** Two candidates with files of their own, and a third that shares those of the first. */
async function candidates(): Promise<UntimedCandidate[]> {
  const some = fixtureComparison().candidates.slice(0, 3)
  const forms = ['uint8', 'float32', 'uint8'] as const
  return Promise.all(
    some.map(async (candidate, index) => {
      const place = join(folder, 'candidates', String(index))
      const { split } = await writeTinyCandidate(place, forms[index]!)
      await writeFile(join(place, 'split.json'), JSON.stringify(split))
      const file = (name: string) => join('candidates', String(index), name)
      const files = {
        head: file('head.onnx'),
        tail: file('tail.onnx'),
        split: file('split.json'),
        check: file('check.safetensors'),
      }
      return { ...candidate, id: `c${index}`, files }
    }),
  )
}

const timing = { seconds: 1, minIterations: 20, threads: 1, batch: 1 }

async function run(signal = new AbortController().signal, onProgress: (progress: Progress) => void = () => {}) {
  const device = await connect('agent')
  const server = await connect('tail', 'main/tail/index.ts')
  const logs: string[] = []
  const request = { folder, candidates: await candidates(), device, server, timing, seed: 1, signal, onProgress }
  try {
    return { result: await timeCandidates({ ...request, onLog: (_level, text) => logs.push(text) }), logs }
  } finally {
    await Promise.all(devices.splice(0).map((one) => one.close()))
  }
}
const stored = async <T>(prefix: string): Promise<T[]> =>
  Promise.all(
    (await readdir(join(folder, 'timings')))
      .filter((name) => name.startsWith(prefix))
      .map(async (name) => JSON.parse(await readFile(join(folder, 'timings', name), 'utf8')) as T),
  )

describe('the candidates of a comparison', () => {
  it('take turns; raw samples are stored with their moments, equal files once', async () => {
    const { result } = await run()
    expect(result.times.size).toBe(3)
    expect(result.times.get('c0')).toEqual(result.times.get('c2'))
    const { device, rounds } = result.times.get('c1')!
    expect(device).toMatchObject({ source: 'measured' })
    expect(device!.ci95[0]).toBeLessThanOrEqual(device!.median)
    expect(rounds!.device).toHaveLength(roundsFor(timing))
    const heads = await stored<StoredSide>('head-')
    expect(heads).toHaveLength(2)
    const [group] = await stored<StoredGroup>('group-')
    for (const head of heads) {
      expect(head.blocks.length).toBeGreaterThanOrEqual(roundsFor(timing))
      const moments = head.blocks.map(({ at }) => Date.parse(at))
      expect(moments).toEqual(moments.toSorted((a, b) => a - b))
      expect(Math.abs(moments[0]! - Date.now())).toBeLessThan(300_000)
    }
    expect(group!.rounds).toBe(roundsFor(timing))
    expect((await readdir(join(folder, 'timings'))).filter((name) => name.endsWith('.jsonl'))).toEqual([])
    expect(result.device.conditions).toMatchObject({ before: {}, after: {} })
  })

  it('are timed apart where only the quality of their image coder differs', async () => {
    const place = join(folder, 'candidates', 'image')
    const { split } = await writeTinyCandidate(place, 'uint8')
    const coded = async (name: string, change: Partial<Split>) => {
      await writeFile(join(place, name), JSON.stringify({ ...split, ...change }))
      const file = (one: string) => join('candidates', 'image', one)
      const files = {
        ...{ head: file('head.onnx'), tail: file('tail.onnx') },
        ...{ split: file(name), check: file('check.safetensors') },
      }
      return { ...fixtureComparison().candidates[0]!, id: name, files }
    }
    const split20 = { compressor: 'jpeg', quality: 20, lossy: true } as const
    const all = [
      await coded('a', split20),
      await coded('b', { ...split20, quality: 80 }),
      await coded('c', split20),
      await coded('d', { ...split20, compressor: 'webp' }),
    ]
    const hashes = new Map(
      all.flatMap(
        ({ files }) =>
          [
            [files.head, 'h'.repeat(64)],
            [files.check, 'c'.repeat(64)],
          ] as const,
      ),
    )
    const device = { info: { name: 'local', kind: 'local' } } as Device
    const { jobs, keyOf } = await jobsOf({ folder, candidates: all, timing }, device, 'head', hashes)
    expect(jobs).toHaveLength(3)
    expect(keyOf.get('a')).toBe(keyOf.get('c'))
    expect(new Set(['a', 'b', 'd'].map((id) => keyOf.get(id))).size).toBe(3)
  })

  it('are not timed again when all is there, and go on after the last whole round when it is not', async () => {
    const abort = new AbortController()
    const broken = run(abort.signal, ({ done }) => {
      if (done >= 4) abort.abort()
    })
    await expect(broken).rejects.toMatchObject({ code: 'cancelled' })
    const raw = (await readdir(join(folder, 'timings'))).find((name) => name.endsWith('.jsonl'))!
    const before = (await readFile(join(folder, 'timings', raw), 'utf8')).split('\n').filter((line) => line !== '')
    const kept = before.slice(0, before.findLastIndex((line) => line.includes('"kind":"round"')) + 1)
    const whole = kept.filter((line) => line.includes('"kind":"round"')).length
    expect(whole).toBeGreaterThan(0)

    const again = await run()
    expect(again.logs).toContain(`Timing goes on with round ${whole + 1} of ${roundsFor(timing)}.`)
    const heads = await stored<StoredSide>('head-')
    const samples = kept.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'samples')
    const first = heads.flatMap(({ blocks }) => blocks)
    for (const { at, modelMs } of samples) expect(first).toContainEqual(expect.objectContaining({ at, modelMs }))
    for (const { blocks, rounds } of heads) {
      expect([...new Set(blocks.map(({ round }) => round))]).toEqual(Array.from({ length: rounds }, (_, i) => i))
    }

    const files = JSON.stringify(await stored('head-'))
    const third = await run()
    expect(JSON.stringify(await stored('head-'))).toBe(files)
    expect(third.result.times).toEqual(again.result.times)
  })
})

describe('stored samples', () => {
  it('survive a line that was half written', async () => {
    const path = join(folder, 'group.jsonl')
    const store = await TimingStore.open(path, 1, 10)
    store.addBlock({ side: 0, round: 0, atMs: 0, samples: [{ modelMs: 1, codecMs: 2 }] })
    store.addBlock({ side: 0, round: 1, atMs: 3, samples: [{ modelMs: 3, codecMs: 4 }] })
    const text = await readFile(path, 'utf8')
    await writeFile(path, `${text}{"kind":"samples","side":0,"ro`)
    const again = await TimingStore.open(path, 1, 10)
    expect(again.rounds).toBe(1)
    expect(again.samplesOf(0).map(({ modelMs }) => modelMs)).toEqual([[1]])
    const limited = await TimingStore.open(path, 1, 0)
    expect(limited.rounds).toBe(0)
  })
})

describe('groups', () => {
  const sides = (...megabytes: number[]) => megabytes.map((size) => ({ bytes: size * 1e6 }))

  it('hold as many sides as fit into the memory', () => {
    expect(groupByMemory(sides(10, 10, 10), 1e9)).toHaveLength(1)
    const groups = groupByMemory(sides(...Array(40).fill(100)), 1e9)
    expect(groups.flat()).toHaveLength(40)
    for (const group of groups) expect(group.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(3e8)
    expect(groupByMemory(sides(900, 1), 1e9)).toHaveLength(2)
    expect(groupByMemory(sides(), 1e9)).toEqual([])
  })

  it('count weights more than once: they are packed for the kernels', () => {
    expect(weigh(1e6, 0)).toBeGreaterThan(3e6)
  })
})
