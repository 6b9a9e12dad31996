import type { CompareConfig } from '#common/contract/config.ts'
import type { Plan } from '#common/contract/workbench.ts'
import { planComparison } from '#common/experiment/plan.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { configHash } from '../store/configHash.ts'
import { finishedPhases } from '../store/runFolder.ts'
import { networkOfConfig } from './network.ts'
import { loadThroughput } from './throughput.ts'

/** What a comparison would do, in seconds, and what an interrupted run of the same configuration has already. */
export async function planFor(config: CompareConfig, place: { out: string | undefined; cwd: string }): Promise<Plan> {
  const network = networkOfConfig(config.network)
  const points = partitionPoints(network).filter(
    ({ name }) => config.points === null || name === 'input' || name === 'output' || config.points.includes(name),
  )
  const throughput = await loadThroughput()
  const done = finishedPhases({ verb: 'compare', configHash: configHash(config), ...place })
  const plan = planComparison(config, network, points, throughput).map((item) => ({
    ...item,
    there: done.has(item.phase),
  }))
  return {
    config,
    points: points.map(({ name }) => name),
    plan,
    secondsLeft: plan.reduce((sum, { there, seconds }) => sum + (there ? 0 : seconds), 0),
    throughput,
  }
}
