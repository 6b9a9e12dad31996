import { Worker } from 'node:worker_threads'
import type { FeatureShifts } from '#common/contract/featureShifts.ts'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { ErrorShape } from '#common/errors.ts'
import { CodedError, fromErrorShape } from '#common/errors.ts'
import { entryOf } from '../entries.ts'
import type { Material } from './many/material.ts'

/** What the thread does: writes the reports of one run, draws a report on several, or sums a run's features up. */
export type ReportOrder =
  | { folder: string; kind: 'comparison'; document: Comparison }
  | { folder: string; kind: 'profile'; document: ModelProfile }
  | { kind: 'many'; material: Material }
  | { kind: 'features'; folder: string; document: Comparison }
export type ReportOutcome =
  | { written: Comparison | ModelProfile }
  | { html: string }
  | { shifts: FeatureShifts }
  | { error: ErrorShape }

/**
 * `writeReports` in a thread of its own: drawing takes a second, in which the desktop process would answer nobody.
 */
export const writeReportsApart = (folder: string, document: Comparison): Promise<Comparison> =>
  written({ folder, kind: 'comparison', document }) as Promise<Comparison>

export const writeProfileReportsApart = (folder: string, document: ModelProfile): Promise<ModelProfile> =>
  written({ folder, kind: 'profile', document }) as Promise<ModelProfile>

/** A report on several runs as HTML, drawn in a thread of its own. */
export async function drawManyApart(material: Material): Promise<string> {
  const outcome = await apart({ kind: 'many', material })
  if ('html' in outcome) return outcome.html
  throw failed(outcome)
}

/** How pruning shifts the features of a run in a thread of its own: it sorts some millions of values. */
export async function featureShiftsApart(folder: string, document: Comparison): Promise<FeatureShifts> {
  const outcome = await apart({ kind: 'features', folder, document })
  if ('shifts' in outcome) return outcome.shifts
  throw failed(outcome)
}

async function written(order: ReportOrder): Promise<Comparison | ModelProfile> {
  const outcome = await apart(order)
  if ('written' in outcome) return outcome.written
  throw failed(outcome)
}

const failed = (outcome: ReportOutcome): CodedError =>
  'error' in outcome
    ? fromErrorShape(outcome.error)
    : new CodedError('internal', 'The report thread did something else than it was asked for.')

function apart(order: ReportOrder): Promise<ReportOutcome> {
  const worker = new Worker(entryOf('reports').args[0]!, { workerData: order })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new CodedError('internal', `The report thread ended with code ${code}.`)))
  })
}
