import type { ModelRun } from '#common/contract/models.ts'

/** What a training or pruning needs to be done again, as names and values. */
export function modelReproduction({
  command,
  outcome,
  versions,
  fingerprint,
  startedAt,
  resumed,
  network,
}: ModelRun): [string, string][] {
  const { config, result } = outcome
  const { data } = config
  const source = data.source.kind === 'files' ? data.source.path : 'synthetic'
  const pairs = (record: Record<string, string | number>): string =>
    Object.entries(record)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')
  return [
    ['Command', command],
    ['Seed', String(config.seed)],
    [
      'Images',
      `${source}: ${data.trainImages ?? 'all'} training, ${data.testImages ?? 'all'} test, drawn with seed ${data.seed}; ${network.classes} classes, ${network.size}×${network.size}`,
    ],
    ...(outcome.verb === 'prune' ? ([['Model', outcome.config.model]] satisfies [string, string][]) : []),
    ['Weights', result.weightsHash],
    ['Configuration', JSON.stringify(config)],
    ['Versions', pairs(versions)],
    ['Numeric fingerprint', pairs(fingerprint)],
    ['Begun', `${startedAt}${resumed > 0 ? `, resumed ${resumed}×` : ''}`],
  ]
}
