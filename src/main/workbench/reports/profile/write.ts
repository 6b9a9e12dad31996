import { join } from 'node:path'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import { writeFileAtomic } from '../../../../system/atomic.ts'
import { renderProfileCsv } from './csv.ts'

/** Writes report.html, report.csv and profile.json into a run's folder, each one whole or not at all. */
export async function writeProfileReports(folder: string, profile: ModelProfile): Promise<ModelProfile> {
  // Loaded when it is needed: the chart library alone would double the start of every command.
  const { renderProfileHtml } = await import('./html.ts')
  const { html, csv, json } = profile.report
  await writeFileAtomic(join(folder, html), renderProfileHtml(profile))
  await writeFileAtomic(join(folder, csv), renderProfileCsv(profile))
  await writeFileAtomic(join(folder, json), `${JSON.stringify(profile, null, 2)}\n`)
  return profile
}
