import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user's copies of what can be had again lie, shared by all workspaces. */
export const cacheFolder = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'splitbench')
