import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { Link } from '#common/contract/config.ts'
import type { Sight } from '#common/contract/live.ts'
import { liveRunSchema } from '#common/contract/liveRun.ts'
import type { Candidate } from '#common/contract/result.ts'
import { likeliest } from '#common/measurement/softmax.ts'
import { median } from '#common/measurement/statistics.ts'
import { placing } from '#common/selection/placed.ts'
import { parseQuery } from '#common/selection/query.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import type { LiveRequest } from '../../../../src/main/workbench/experiments/live.ts'
import { runLive } from '../../../../src/main/workbench/experiments/live.ts'
import { changingLink } from '../../../../src/main/workbench/links/changing.ts'
import { readCheckSet } from '../../../../src/system/inference/checkSet.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { useAgents } from '../../../support/agents.ts'

const agents = useAgents()
const fast: Link = { name: 'fast', rateMbps: 20, rttMs: null }
/** The larger payload takes 83 ms here, the smaller one 26 ms. */
const slow: Link = { name: 'slow', rateMbps: 0.02, rttMs: null }

/** Two real candidates: floats are the more accurate ones and four times as large. */
async function deployed(): Promise<Candidate[]> {
  const [template] = fixtureComparison().candidates
  const candidates: Candidate[] = []
  for (const [form, validationAccuracy, bytes] of [
    ['uint8', 0.7, 48],
    ['float32', 0.75, 192],
  ] as const) {
    await writeFile(join(agents.folder, form, 'split.json'), JSON.stringify(agents.candidates[form].split))
    const file = (name: string): string => join(form, name)
    candidates.push({
      ...template!,
      ...{ id: form, codec: form, framework: 'only-splitting', step: null, partitionPoint: 'pool1' },
      ...{ validationAccuracy, payloadBytes: bytes, headerBytes: 16 },
      files: {
        head: file('head.onnx'),
        tail: file('tail.onnx'),
        split: file('split.json'),
        check: file('check.safetensors'),
      },
    })
  }
  return candidates
}

async function request(where: string, change: Partial<LiveRequest> = {}): Promise<LiveRequest> {
  const candidates = await deployed()
  const comparison = { ...fixtureComparison(), candidates }
  return {
    ...{ folder: agents.folder, comparison, candidates, allowEmulated: false, threads: 1, turnS: 0.1 },
    device: await agents.connect(),
    server: await agents.connect('main/tail/index.ts'),
    wish: { terms: parseQuery(where, placing(comparison).known), objective: 'accuracy' },
    shapeAt: () => fast,
    goesOn: () => false,
    signal: new AbortController().signal,
    onProgress() {},
    onTurn() {},
    ...change,
  }
}

describe('cooperative inference that selects anew', () => {
  it('leaves a candidate when the link becomes too slow for it, and comes back when it is fast again', async () => {
    let turns = 0
    const asked = await request('latency <= 50 ms', {
      shapeAt: () => (turns >= 2 && turns < 4 ? slow : fast),
      goesOn: () => turns < 7,
      onTurn: () => {
        turns++
      },
    })
    const { result, file } = await runLive(asked)
    const names = result.turns.map(({ candidate }) => candidate)
    expect(names.slice(0, 5)).toEqual(['float32', 'float32', 'uint8', 'uint8', 'uint8'])
    // Two looks in a row bring the more accurate one back.
    expect(names.at(-1)).toBe('float32')
    expect(result.turns[0]!.reason).toMatch(/^first choice at /)
    expect(result.turns[2]!.reason).toMatch(/breaks the limit of latency/)
    expect(result.turns.filter(({ reason }) => reason !== null)).toHaveLength(3)
    for (const { paced, link, messages } of result.turns) {
      expect(messages.wholeMs.length).toBeGreaterThan(0)
      if (paced !== 'slow') continue
      // Paced sending is never faster than its link, and a busy computer makes it slower only.
      expect(link.rateMbps).toBeLessThan(slow.rateMbps * 1.2)
      expect(median(messages.wholeMs)).toBeGreaterThan((8 * (48 + 16)) / (slow.rateMbps * 1000) - 2)
    }
    expect(liveRunSchema.parse(JSON.parse(await readFile(join(agents.folder, file), 'utf8')))).toEqual(result)
    const left = (await readdir(join(agents.folder, 'cooperative'))).filter((name) => name.endsWith('.jsonl'))
    expect(left).toEqual([])
  })

  it('has no rate that the messages of its look do not support, over the link as it is', async () => {
    let turns = 0
    const asked = await request('', { shapeAt: () => null, goesOn: () => turns < 6, onTurn: () => void turns++ })
    const looks: { bytes: number; ms: number }[][] = []
    const { cooperation } = asked.device
    const send = cooperation.probeLink.bind(cooperation)
    vi.spyOn(cooperation, 'probeLink').mockImplementation(async (probe, signal) => {
      const times = await send(probe, signal)
      // A look begins with two messages behind two that wake up the connection.
      if (probe.sizes.length === 4) looks.push([])
      else looks.at(-1)!.push(...times.map((ms, i) => ({ bytes: probe.sizes[i]! + frameHeaderBytes, ms })).slice(2))
      return times
    })
    const { result } = await runLive(asked)
    expect(result.turns).toHaveLength(6)
    // Before the first one is one that wakes up both ends.
    expect(looks).toHaveLength(7)
    for (const [index, { link, reason }] of result.turns.entries()) {
      const messages = looks[index + 1]!
      const most = Math.max(...messages.map(({ bytes }) => bytes))
      const best = Math.min(...messages.flatMap(({ bytes, ms }) => (bytes === most ? [ms] : [])))
      const seen = (8 * most) / (best * 1000)
      if (link.atLeast) expect(link.rateMbps).toBeCloseTo(seen, 6)
      else expect((8 * most) / (link.rateMbps * 1000) + link.rttMs).toBeGreaterThanOrEqual(best * (1 - 1e-9))
      expect(link.rate95 === null).toBe(link.atLeast)
      if (reason !== null) expect(/at least .*all that the messages prove/.test(reason)).toBe(link.atLeast)
    }
  })

  it('leaves out what sends symbols, and says so', async () => {
    const asked = await request('latency <= 1 s')
    // By its figures it would be chosen: all limits kept, the most accurate.
    const analog = { ...asked.candidates[0]!, id: 'analog', framework: 'jscc', symbols: 64, validationAccuracy: 0.9 }
    const { result } = await runLive({ ...asked, candidates: [analog, ...asked.candidates] })
    expect(result.deployed).toEqual(['uint8', 'float32'])
    expect(result.leftOut).toEqual(['analog'])
    expect(result.turns.map(({ candidate }) => candidate)).not.toContain('analog')
    await expect(runLive({ ...asked, candidates: [analog] })).rejects.toMatchObject({
      code: 'nothing-fits',
      message: expect.stringMatching(/1 candidate sends symbols/),
    })
  })

  it('keeps what it has when it is told that it is enough, in the middle of a long turn', async () => {
    const enough = new AbortController()
    let turns = 0
    const asked = await request('', {
      goesOn: () => true,
      enough: enough.signal,
      turnS: 1,
      onTurn() {
        // Long before the third one can be over.
        if (++turns === 2) setTimeout(() => enough.abort(), 200)
      },
    })
    const { result, file } = await runLive(asked)
    expect(result.turns).toHaveLength(2)
    expect(liveRunSchema.parse(JSON.parse(await readFile(join(agents.folder, file), 'utf8')))).toEqual(result)
    expect(result.device.conditions?.after).toBeDefined()
  })

  it('does not begin where nothing fits, and says why', async () => {
    const asked = await request('latency <= 1 us')
    await expect(runLive(asked)).rejects.toMatchObject({
      code: 'nothing-fits',
      message: expect.stringMatching(/latency ≤ 0\.001 ms alone excludes all 2/),
    })
  })
})

it('tells what came of images: which one, and the likeliest classes of its logits', async () => {
  const sights: [Sight, string][] = []
  const asked = await request('', {
    turnS: 0.5,
    onSight: (sight, { id }) => sights.push([sight, id]),
  })
  const { result } = await runLive(asked)
  expect(sights.length).toBeGreaterThan(1)
  const { check: file, split } = agents.candidates.float32
  const check = readCheckSet(await readFile(file), split)
  for (const [{ image, top }, id] of sights) {
    expect(id).toBe(result.turns[0]!.candidate)
    expect(image).toBeLessThan(check.count)
    expect(top[0]!.class).toBe(likeliest(check.logits[image]!, 1)[0]!.class)
  }
})

describe('a paced link that changes', () => {
  it('is what was asked for at that second', () => {
    const at = changingLink('wifi', ['1mbps@10', '3g@4.5s'], [])
    expect([0, 4.4, 4.5, 9.9, 10, 99].map((second) => at(second)!.name)).toEqual([
      'wifi',
      'wifi',
      '3g',
      '3g',
      '1mbps',
      '1mbps',
    ])
    expect(changingLink(undefined, [], [])(3)).toBeNull()
  })

  it('needs a beginning, and seconds', () => {
    expect(() => changingLink(undefined, ['wifi@3'], [])).toThrow(/--change needs --link/)
    expect(() => changingLink('wifi', ['3g'], [])).toThrow(/is not <link>@<seconds>/)
  })
})
