import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import type { Take } from '../picture.ts'

/** What a part of the pictures works with. */
export interface Studio {
  page: Page
  picture: Take
  /** Ids of the runs that are shown. */
  runs: Record<'compare' | 'live' | 'profile' | 'sweep', string>
}

interface Found {
  id: string
  folder: string
}

/** The newest finished run of a kind in a workspace, on images of a kind where that is said. */
export function newestRun(workspace: string, verb: string, images?: string): Found {
  const parent = join(workspace, 'splitbench-runs')
  const found = readdirSync(parent)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      try {
        const record = JSON.parse(readFileSync(join(parent, name, 'run.json'), 'utf8'))
        const fits = record.verb === verb && (images === undefined || record.config.data?.source?.kind === images)
        return fits ? [{ id: name, folder: join(parent, name), at: String(record.startedAt) }] : []
      } catch {
        return []
      }
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1))
  if (!found[0]) throw new Error(`${workspace} has no finished run of ${verb}.`)
  return found[0]
}
