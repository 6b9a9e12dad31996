import { Worker } from 'node:worker_threads'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { ErrorShape } from '#common/errors.ts'
import { CodedError, fromErrorShape } from '#common/errors.ts'
import { entryOf } from '../entries.ts'

export type ReportOrder =
  | { folder: string; kind: 'comparison'; document: Comparison }
  | { folder: string; kind: 'profile'; document: ModelProfile }
export type ReportOutcome = { written: Comparison | ModelProfile } | { error: ErrorShape }

/**
 * `writeReports` in a thread of its own: drawing takes a second, in which the desktop process would answer nobody.
 */
export const writeReportsApart = (folder: string, document: Comparison): Promise<Comparison> =>
  apart({ folder, kind: 'comparison', document }) as Promise<Comparison>

export const writeProfileReportsApart = (folder: string, document: ModelProfile): Promise<ModelProfile> =>
  apart({ folder, kind: 'profile', document }) as Promise<ModelProfile>

function apart(order: ReportOrder): Promise<Comparison | ModelProfile> {
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
