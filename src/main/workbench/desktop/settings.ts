import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Settings } from '#common/contract/workbench.ts'
import { settingsSchema } from '#common/contract/workbench.ts'
import { reportUnits } from '#common/units.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { userFile } from '../store/userFile.ts'

const defaults: Settings = { theme: 'system', units: reportUnits, window: {} }
/** The oldest pieces of the window's state go first: a baseline is remembered for every run that was ever opened. */
const mostRemembered = 300

/** Settings are a user's, not a workspace's. */
const file = (): string => userFile('settings.json')

export function loadSettings(): Settings {
  try {
    return { ...defaults, ...settingsSchema.partial().parse(JSON.parse(readFileSync(file(), 'utf8'))) }
  } catch {
    return defaults
  }
}

export async function storeSettings(change: Partial<Settings>): Promise<Settings> {
  const before = loadSettings()
  const settings = { ...before, ...change, window: merged(before.window, change.window ?? {}) }
  mkdirSync(dirname(file()), { recursive: true })
  await writeFileAtomic(file(), `${JSON.stringify(settings, null, 2)}\n`)
  return settings
}

/** The newest last; null forgets. */
function merged(before: Settings['window'], change: Settings['window']): Settings['window'] {
  const all = new Map(Object.entries(before))
  for (const [key, value] of Object.entries(change)) {
    all.delete(key)
    if (value !== null) all.set(key, value)
  }
  return Object.fromEntries([...all].slice(-mostRemembered))
}
