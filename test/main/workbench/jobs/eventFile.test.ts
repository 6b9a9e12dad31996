import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EventFile, readEvents } from '../../../../src/main/workbench/jobs/eventLog.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-events-'))
  file = join(folder, 'events.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const log = (text: string): string =>
  JSON.stringify({ kind: 'log', at: '2026-11-27T10:00:00.000Z', level: 'info', text })
const texts = (events: readonly object[]): string[] => events.map((event) => (event as { text: string }).text)

it('reads what has been appended since the last look, and a line only when it is whole', () => {
  const events = new EventFile(file)
  expect(events.read()).toEqual([])
  const third = log('three: äöü')
  // In the middle of a letter of two bytes.
  const cut = Buffer.from(third).indexOf('ä') + 1
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(`${log('one')}\n${log('two')}\n`), Buffer.from(third).subarray(0, cut)]),
  )
  expect(texts(events.read())).toEqual(['one', 'two'])
  expect(texts(events.read())).toEqual(['one', 'two'])
  appendFileSync(file, Buffer.from(`${third}\n${log('four')}\n`).subarray(cut))
  expect(texts(events.read())).toEqual(['one', 'two', 'three: äöü', 'four'])
  expect(texts(readEvents(file))).toEqual(['one', 'two', 'three: äöü', 'four'])
})

it('begins anew where the file has become shorter: another run has taken the place', () => {
  writeFileSync(file, `${log('one')}\n${log('two')}\n`)
  const events = new EventFile(file)
  events.read()
  writeFileSync(file, `${log('new')}\n`)
  expect(texts(events.read())).toEqual(['new'])
})
