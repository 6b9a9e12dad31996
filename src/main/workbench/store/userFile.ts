import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../../system/cacheFolder.ts'

/** Where a user's own files lie (settings, devices, links, trusted host keys), whatever the workspace. */
export const userFile = (name: string): string =>
  join(process.env.XDG_CONFIG_HOME || process.env.APPDATA || join(homedir(), '.config'), 'splitbench', name)

/** Where agents on this computer keep what was pushed to them: by content, shared by all runs. */
export const agentStore = (name: 'agent' | 'tail'): string => join(cacheFolder(), name)
