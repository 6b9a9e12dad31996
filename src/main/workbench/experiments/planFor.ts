import type { CompareConfig } from '#common/contract/config.ts'
import type { Plan } from '#common/contract/workbench.ts'
import { planComparison } from '#common/experiment/plan.ts'
import { planBeside, shareOut } from '#common/experiment/shares.ts'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { configHash } from '../store/configHash.ts'
import { finishedPhases } from '../store/runFolder.ts'
import { networkOfConfig } from './network.ts'
import { loadThroughput } from './throughput.ts'
import { twoTrainers } from './trainCandidates.ts'

/** What a comparison would do, in seconds, and what an interrupted run of the same configuration has already. */
export async function planFor(config: CompareConfig, place: { out: string | undefined; cwd: string }): Promise<Plan> {
  const { plan: items, points, throughput } = await sharedPlan(config, networkOfConfig(config.network))
  const done = finishedPhases({ verb: 'compare', configHash: configHash(config), ...place })
  const plan = items.map((item) => ({
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

/** The phases of a comparison as they are run here: by two trainers, where there is room for them and it pays. */
export async function sharedPlan(config: CompareConfig, network: Network) {
  const points = partitionPoints(network).filter(
    ({ name }) => config.points === null || name === 'input' || name === 'output' || config.points.includes(name),
  )
  const throughput = await loadThroughput()
  const alone = planComparison(config, network, points, throughput)
  const shares = twoTrainers() ? shareOut(config.frameworks, alone) : undefined
  return { plan: shares ? planBeside(alone, shares) : alone, shares, points, throughput }
}
