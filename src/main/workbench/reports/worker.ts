import { parentPort, workerData } from 'node:worker_threads'
import { toErrorShape } from '#common/errors.ts'
import { featureShiftsIn } from '../figures/features.ts'
import type { ReportOrder, ReportOutcome } from './apart.ts'
import { manyHtml } from './many/html.ts'
import { writeProfileReports } from './profile/write.ts'
import { writeReports } from './write.ts'

/** A thread that does one order and ends. */
const order = workerData as ReportOrder

async function work(): Promise<ReportOutcome> {
  switch (order.kind) {
    case 'many':
      return { html: manyHtml(order.material) }
    case 'profile':
      return { written: await writeProfileReports(order.folder, order.document) }
    case 'features':
      return { shifts: featureShiftsIn(order.document, order.folder) }
    case 'comparison':
      return { written: await writeReports(order.folder, order.document) }
  }
}

const outcome: ReportOutcome = await work().catch((error): ReportOutcome => ({ error: toErrorShape(error) }))
parentPort?.postMessage(outcome)
