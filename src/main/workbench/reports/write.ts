import { join } from 'node:path'
import type { Comparison } from '#common/contract/result.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { renderCsv } from './csv.ts'

const reportFiles: Comparison['report'] = { html: 'report.html', csv: 'report.csv', json: 'comparison.json' }

/**
 * Writes report.html, report.csv and comparison.json into a run's folder, each one whole or not at all, and returns the
 * comparison that was written, with the paths of its reports relative to the folder.
 */
export async function writeReports(folder: string, comparison: Comparison): Promise<Comparison> {
  // Loaded when it is needed: the chart library alone would double the start of every command.
  const { renderHtml } = await import('./html/document.ts')
  const written: Comparison = { ...comparison, report: reportFiles }
  await writeFileAtomic(join(folder, reportFiles.html), renderHtml(written))
  await writeFileAtomic(join(folder, reportFiles.csv), renderCsv(written))
  await writeFileAtomic(join(folder, reportFiles.json), `${JSON.stringify(written, null, 2)}\n`)
  return written
}
