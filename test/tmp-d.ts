import { mkdtempSync } from 'node:fs'
import { loadBackend } from '../src/main/trainer/backend/index.ts'
import { writeCandidate } from '../src/main/trainer/candidates/write.ts'
import { partitionPoints } from '../src/common/network/partition.ts'
import { candidateRequest } from './support/candidateRequest.ts'
import { smallVgg } from './support/randomModel.ts'
const network = smallVgg(1 / 4)
const folder = mkdtempSync('/tmp/cand-')
const r = candidateRequest(folder, network, 'input', 'uint8', { calibration: 5000, test: 1000 })
const backend = await loadBackend({ threads: 2 })
const all: number[] = []
for (const point of partitionPoints(network)) for (const form of ['float32', 'uint8'] as const) {
  const t = performance.now(), u = process.cpuUsage()
  const c = await writeCandidate({ ...r, point, form, backend })
  all.push(performance.now() - t)
  console.log(c.id, point.name, form, c.accuracy, c.payloadBytes, all.at(-1)!.toFixed(0), 'cpu', (process.cpuUsage(u).user + process.cpuUsage(u).system) / 1000)
}
console.log('mean', all.reduce((a, b) => a + b) / all.length, 'rss', process.memoryUsage.rss() / 1e6, backend.memory())
