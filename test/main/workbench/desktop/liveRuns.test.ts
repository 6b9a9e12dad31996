import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { median } from '#common/measurement/statistics.ts'
import { listLive, readLive } from '../../../../src/main/workbench/desktop/liveRuns.ts'
import { listRuns } from '../../../../src/main/workbench/desktop/runs.ts'
import { storeRuns } from '../../../e2e/support/workspace.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { fixtureLive } from '../../../fixtures/liveRun.ts'

const comparison = fixtureComparison()
const live = fixtureLive(comparison)
const workspace = mkdtempSync(join(tmpdir(), 'splitbench-live-'))
afterAll(() => rmSync(workspace, { recursive: true, force: true }))
const runs = join(workspace, 'splitbench-runs')
const folder = join(runs, 'run-0000')
const put = (file: string, content: unknown): void => {
  mkdirSync(join(folder, 'cooperative'), { recursive: true })
  writeFileSync(join(folder, 'cooperative', file), JSON.stringify(content))
}

describe('live inference that has ended', () => {
  it('is listed with its run, also when it was done long after that', async () => {
    storeRuns(workspace, comparison, 1)
    expect((await listRuns(runs))[0]!.live).toEqual([])
    put('live-20261127093005.json', live)
    put('live-20261127103005.json', live)
    put('run-pi-server-wifi.json', {})
    put('live-20261127113005.jsonl', {})
    // A clock that is coarser than this test.
    utimesSync(join(folder, 'cooperative'), new Date(), new Date(Date.now() + 2000))
    const names = ['live-20261127103005', 'live-20261127093005']
    expect((await listRuns(runs))[0]!.live).toEqual(names)
    expect(listLive(folder)).toEqual(names)
  })

  it('is read as looks and candidates; titles are those of the comparison', () => {
    const stored = readLive(folder, 'live-20261127093005', comparison)
    expect(stored.turns).toBe(live.turns.length)
    for (const [index, turn] of live.turns.entries()) {
      expect(stored.looks[index]).toMatchObject({ atS: turn.atS, wholeMs: median(turn.messages.wholeMs), ...turn.link })
    }
    expect(stored.candidates.map(({ id }) => id)).toEqual(live.deployed)
    expect(stored.candidates.reduce((sum, { images }) => sum + images, 0)).toBe(
      live.turns.reduce((sum, { messages }) => sum + messages.wholeMs.length, 0),
    )
    expect(stored.looks[0]!.title).toMatch(/ cut after |, all on /)
    expect(stored).not.toHaveProperty('messages')
  })

  it('lets records of before, without intervals of the rate, be read', () => {
    const old = { ...live, turns: live.turns.map((turn) => ({ ...turn, link: { rateMbps: 1e5, rttMs: 1 } })) }
    put('live-20261127123005.json', old)
    expect(readLive(folder, 'live-20261127123005', comparison).looks[0]).toMatchObject({ atLeast: false, rate95: null })
  })

  it.each([
    ['live-20261127000000', 'unknown-name'],
    ['../../etc/passwd', 'unknown-name'],
    ['run-pi-server-wifi', 'unknown-name'],
    ['live-20261127143005', 'bad-data'],
  ])('%s: %s', (name, code) => {
    put('live-20261127143005.json', { protocol: 1 })
    expect(() => readLive(folder, name, comparison)).toThrow(expect.objectContaining({ code }))
  })
})
