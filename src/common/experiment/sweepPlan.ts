import type { SweepConfig } from '../contract/sweep.ts'
import type { PlanItem, Throughput } from './plan.ts'

export interface SweepCost {
  /** Of the unpruned network per image; pruned ones are counted like it. */
  macs: number
  depths: number
  testImages: number
}

/** Sessions, surgery and records beside the computation of a cell, seconds. */
const overheadS = 0.1

/** The parts of a sweep with the seconds that they are expected to take. Cells that share a network are counted twice. */
export function planSweep(
  { criteria, ratios, seeds, steps, training, scoreImages }: SweepConfig,
  { macs, depths, testImages }: SweepCost,
  { trainMacsPerS, evaluateMacsPerS }: Throughput,
): PlanItem[] {
  const cells = criteria.length * depths * ratios.length * seeds.length
  const tuned = (steps * training.batchSize * macs) / trainMacsPerS
  const tested = (2 * testImages * macs) / evaluateMacsPerS
  const scored = (criteria.length * seeds.length * scoreImages * macs) / trainMacsPerS
  return [
    { phase: 'data', title: 'Reading images', seconds: 2 },
    { phase: 'sweep', title: 'Pruning by criteria', seconds: cells * (tuned + tested + overheadS) + scored },
  ]
}
