import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { RecentWorkspace } from '#common/contract/workbench.ts'
import { recentWorkspaceSchema } from '#common/contract/workbench.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { withFileLock } from '../devices/fileLock.ts'
import { userFile } from './userFile.ts'

const file = (): string => userFile('workspaces.json')
const fileSchema = z.object({ workspaces: z.array(recentWorkspaceSchema) })
const most = 10

/** Workspaces that were opened in a window or a browser, the newest first; those whose folder is gone are left out. */
export function recentWorkspaces(): RecentWorkspace[] {
  return stored().filter(({ folder }) => existsSync(folder))
}

function stored(): RecentWorkspace[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file(), 'utf8'))).workspaces
  } catch {
    // A comfort: none, or one that cannot be read, is an empty list.
    return []
  }
}

/** Puts a workspace in front. A folder that cannot be written costs the comfort, not the start. */
export async function noteWorkspace(folder: string, openedAt = new Date().toISOString()): Promise<void> {
  try {
    mkdirSync(dirname(file()), { recursive: true })
    await withFileLock(`${file()}.lock`, async () => {
      const others = stored().filter((one) => one.folder !== folder)
      const workspaces = [{ folder, openedAt }, ...others].slice(0, most)
      await writeFileAtomic(file(), `${JSON.stringify({ workspaces }, null, 2)}\n`)
    })
  } catch {
    // See above.
  }
}
