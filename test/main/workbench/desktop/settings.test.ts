import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { loadSettings, storeSettings } from '../../../../src/main/workbench/desktop/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'splitbench-settings-'))
const before = process.env.XDG_CONFIG_HOME
beforeEach(() => {
  process.env.XDG_CONFIG_HOME = folder
  rmSync(join(folder, 'splitbench'), { recursive: true, force: true })
})
afterAll(() => {
  if (before === undefined) delete process.env.XDG_CONFIG_HOME
  else process.env.XDG_CONFIG_HOME = before
  rmSync(folder, { recursive: true, force: true })
})

it('reads files of before there were units and a remembered window', () => {
  mkdirSync(join(folder, 'splitbench'), { recursive: true })
  writeFileSync(join(folder, 'splitbench', 'settings.json'), '{ "theme": "dark" }')
  expect(loadSettings()).toMatchObject({ theme: 'dark', units: { time: 'auto', bytes: 'decimal' }, window: {} })
})

it('merges what the window remembers by key, forgets on null, and keeps the newest', async () => {
  await storeSettings({ window: { a: 1, b: { order: ['x'] } } })
  await storeSettings({ theme: 'light', window: { a: null, c: 'kept' } })
  expect(loadSettings()).toMatchObject({ theme: 'light', window: { b: { order: ['x'] }, c: 'kept' } })
  expect(loadSettings().window).not.toHaveProperty('a')
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`run-${index}`, index]))
  await storeSettings({ window: many })
  const kept = Object.keys(loadSettings().window)
  expect(kept.length).toBeLessThanOrEqual(300)
  expect(kept).toContain('run-399')
  expect(kept).not.toContain('c')
})
