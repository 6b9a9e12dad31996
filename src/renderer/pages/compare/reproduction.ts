import type { Comparison, DeviceInfo } from '#common/contract/result.ts'
import { commandToRepeat } from '#common/experiment/fullCommand.ts'
import { describeRule } from '#common/measurement/rule.ts'
import { significant } from '#common/units.ts'

const pairs = (record: Record<string, string | number>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** A machine with what its times depend on, as it was read before the first timing. */
function machine({ name, board, cpu, cores, os, kernel, runtime, agent, conditions }: DeviceInfo): string {
  const before = conditions?.before
  return [
    `${name}: ${[board, cpu].filter(Boolean).join(', ')}, ${cores} cores, ${os}, kernel ${kernel}, ${runtime}, agent ${agent}`,
    ...(before?.clockMhz ? [`clock ${significant(before.clockMhz, 4)} MHz`] : []),
    ...(before?.governor ? [`governor ${before.governor}`] : []),
    ...(before?.temperatureC ? [`${significant(before.temperatureC)} °C`] : []),
    ...(before?.throttled ? [`throttle flags ${before.throttled}`] : []),
  ].join(', ')
}

/** Everything that a comparison needs to be done again, as names and values. */
export function reproduction(comparison: Comparison): [string, string][] {
  const { run, dataset, device, server, timing, network, link, gamma, maxLoss } = comparison
  return [
    ['Command', commandToRepeat(run)],
    ['Splitbench', run.versions.splitbench ?? 'not recorded'],
    ['Seed', String(run.seed)],
    ['Configuration', `${run.configHash} (profile ${run.profile}; the whole of it is run.json in the run's folder)`],
    [
      'Images',
      `${dataset.name}: ${dataset.train} training, ${dataset.validation} validation, ${dataset.test} test; sha256 ${dataset.hash}`,
    ],
    ['Network', `${network.name} at width ${network.width}: ${network.parameters} parameters, ${network.macs} MACs`],
    ['Baseline weights', comparison.baseline.weightsHash],
    ['Accuracy bound', `${significant(maxLoss * 100)} points below the baseline, on validation images`],
    ['Device', gamma === null ? machine(device) : `modelled: γ ${gamma} × the server's times`],
    ['Server', machine(server)],
    ['Link', `${link.name}: ${link.rateMbps} Mbit/s${link.rttMs === null ? '' : `, round trip ${link.rttMs} ms`}`],
    ['Timing', `${describeRule(timing)}; ${timing.threads} thread(s), batch ${timing.batch}`],
    ['Versions', pairs(run.versions)],
    ['Numeric fingerprint', pairs(run.fingerprint)],
    ['Begun', `${run.startedAt}${run.resumed > 0 ? `, resumed ${run.resumed}×` : ''}`],
  ]
}
