import { Worker } from 'node:worker_threads'
import type { Comparison } from '#common/contract/result.ts'
import type { ErrorShape } from '#common/errors.ts'
import { CodedError, fromErrorShape } from '#common/errors.ts'
import { entryOf } from '../entries.ts'

export interface ReportOrder {
  folder: string
  comparison: Comparison
}
export type ReportOutcome = { written: Comparison } | { error: ErrorShape }

/**
 * `writeReports` in a thread of its own: drawing takes a second, in which the desktop process would answer nobody.
 */
export function writeReportsApart(folder: string, comparison: Comparison): Promise<Comparison> {
  const order: ReportOrder = { folder, comparison }
  const worker = new Worker(entryOf('reports').args[0]!, { workerData: order })
  return new Promise((resolve, reject) => {
    worker.once('message', (outcome: ReportOutcome) => {
      if ('written' in outcome) resolve(outcome.written)
      else reject(fromErrorShape(outcome.error))
    })
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new CodedError('internal', `The report thread ended with code ${code}.`)))
  })
}
