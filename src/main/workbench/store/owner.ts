import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { ProcessId } from '../../../system/processes.ts'
import { isAlive, thisProcess } from '../../../system/processes.ts'

export type Owner = ProcessId

const fileOf = (folder: string): string => join(folder, 'owner.json')

export async function claim(folder: string): Promise<void> {
  await writeFileAtomic(fileOf(folder), JSON.stringify(thisProcess()))
}

export const release = (folder: string): void => rmSync(fileOf(folder), { force: true })

/** The living process that owns a run, or undefined: then it is "interrupted". */
export function livingOwner(folder: string): number | undefined {
  try {
    const owner = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Owner
    return owner.pid !== process.pid && isAlive(owner) ? owner.pid : undefined
  } catch {
    return undefined
  }
}
