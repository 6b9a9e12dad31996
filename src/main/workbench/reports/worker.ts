import { parentPort, workerData } from 'node:worker_threads'
import { toErrorShape } from '#common/errors.ts'
import type { ReportOrder, ReportOutcome } from './apart.ts'
import { writeProfileReports } from './profile/write.ts'
import { writeReports } from './write.ts'

/** A thread that writes one run's reports and ends. */
const order = workerData as ReportOrder

const outcome: ReportOutcome = await (order.kind === 'profile'
  ? writeProfileReports(order.folder, order.document)
  : writeReports(order.folder, order.document)
).then(
  (written): ReportOutcome => ({ written }),
  (error): ReportOutcome => ({ error: toErrorShape(error) }),
)
parentPort?.postMessage(outcome)
