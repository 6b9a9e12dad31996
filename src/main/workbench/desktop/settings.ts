import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Settings } from '#common/contract/workbench.ts'
import { settingsSchema } from '#common/contract/workbench.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { userFile } from '../store/userFile.ts'

const defaults: Settings = { theme: 'system' }

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
  const settings = { ...loadSettings(), ...change }
  mkdirSync(dirname(file()), { recursive: true })
  await writeFileAtomic(file(), `${JSON.stringify(settings, null, 2)}\n`)
  return settings
}
