import type { CompareConfig } from '../contract/config.ts'

/**
 * The command line of a comparison with everything spelled out that was left to defaults and that it has options for, so
 * that it asks for the same after a profile or a default has changed. What was typed stays as it is and comes first; the
 * rest of what a profile decides (grids of the frameworks, the default points) has no option: that is `run.recipe`.
 * What is appended are defaults, which need no quotes.
 */
export function fullCommand(typed: string, config: CompareConfig): string {
  const { network, data, training, timing, codec } = config
  const trained = network.pretrained === undefined && network.model === undefined
  const options: [string, string | number | null | undefined][] = [
    // Weights name their network, width and images themselves.
    ['--data', trained && data.source.kind === 'synthetic' ? 'synthetic' : null],
    ['--network', trained ? network.name : null],
    ['--width', trained ? network.width : null],
    ['--frameworks', config.frameworks.join(',')],
    ['--device', config.device],
    ['--server', config.server],
    ['--link', config.link.name],
    ['--profile', config.profile],
    ['--max-loss', config.maxLoss],
    ['--train-images', data.trainImages],
    ['--test-images', data.testImages],
    ['--epochs', training.epochs],
    ['--batch', training.batchSize],
    ['--seed', config.seed],
    ['--threads', config.threads],
    ['--time-s', timing.seconds],
    ['--device-threads', timing.threads],
    ['--device-batch', timing.batch],
    ['--bias-readings', codec.biasReadings?.join(',')],
    ['--ablations', codec.ablations && (codec.ablations.join(',') || 'none')],
    ['--filter-norm', codec.filterNorm],
    ['--auto-epochs', config.frameworks.includes('auto') ? config.auto.epochs : null],
  ]
  const said = (name: string): boolean => new RegExp(` ${name}(?=[ =]|$)`).test(typed)
  return [
    typed,
    ...options.flatMap(([name, value]) => (value === null || value === undefined || said(name) ? [] : [name, value])),
  ].join(' ')
}

/** What to run to get a recorded comparison again; records from before it was spelled out have what was typed alone. */
export const commandToRepeat = ({
  command,
  fullCommand: full,
}: {
  command: string
  fullCommand?: string | undefined
}) => full ?? command
