import { parentPort, workerData } from 'node:worker_threads'
import { toErrorShape } from '#common/errors.ts'
import type { ReportOrder, ReportOutcome } from './apart.ts'
import { writeReports } from './write.ts'

/** A thread that writes one run's reports and ends. */
const { folder, comparison } = workerData as ReportOrder

const outcome: ReportOutcome = await writeReports(folder, comparison).then(
  (written) => ({ written }),
  (error) => ({ error: toErrorShape(error) }),
)
parentPort?.postMessage(outcome)
