import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { deviceJobSchema } from '#common/contract/devices.ts'
import { profileConfigSchema } from '#common/contract/modelProfile.ts'
import { modelWorkSchema } from '#common/contract/models.ts'
import { preprocessingConfigSchema } from '#common/contract/preprocessing.ts'
import { workbenchContract } from '#common/contract/workbench.ts'
import { runsFolderOf } from './lock.ts'

const place = { command: z.string(), out: z.string().nullable(), fresh: z.boolean() }

/**
 * Jobs that a door has begun in a command's process, which ends with its own job. They wait in a file for the door's
 * own process, which takes the lock over and goes on with them.
 */
const specSchema = z.union([
  workbenchContract.requests['jobs.submit'].params,
  z.object({ job: deviceJobSchema, command: z.string() }),
  z.object({ profile: profileConfigSchema, command: z.string(), out: z.string().nullable() }),
  z.object({ model: modelWorkSchema, ...place }),
  z.object({ preprocess: preprocessingConfigSchema, ...place }),
])
const handoverSchema = z.array(z.object({ id: z.string(), spec: specSchema }))
export type Handover = z.infer<typeof handoverSchema>

const fileOf = (workspace: string): string => join(runsFolderOf(workspace), '.handover.json')

export const leaveBehind = (workspace: string, jobs: Handover): void =>
  writeFileSync(fileOf(workspace), JSON.stringify(jobs), { mode: 0o600 })

/** Takes what was left; only one process gets it. */
export function pickUp(workspace: string): Handover {
  const taken = `${fileOf(workspace)}.${process.pid}`
  try {
    renameSync(fileOf(workspace), taken)
    return handoverSchema.safeParse(JSON.parse(readFileSync(taken, 'utf8'))).data ?? []
  } catch {
    return []
  } finally {
    rmSync(taken, { force: true })
  }
}
