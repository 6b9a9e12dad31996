import { resolve } from 'node:path'
import { pretrainedPrefix } from '#common/contract/pretrained.ts'
import type { ProfileForm } from '#common/contract/profileRequests.ts'
import type { CompareForm } from '#common/contract/workbench.ts'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import { parseLink } from '#common/latency/links.ts'
import { datasets } from '../datasets/catalogue.ts'
import { nameEnds } from '../experiments/ends.ts'
import { defaultThreads } from '../experiments/threads.ts'
import { listLinks } from '../links/store.ts'
import { chooseNetwork } from '../pretrained/choice.ts'
import type { CompareSpec } from './jobSpec.ts'

/** What a form asks for, as the terminal would have resolved it in the workspace's folder. Throws as that does. */
export function specOfForm(form: CompareForm, workspace: string, fresh: boolean): CompareSpec {
  const known = form.data === 'synthetic' || Object.hasOwn(datasets, form.data)
  const config = resolveCompare({
    profile: form.profile,
    ...chooseNetwork(
      form.network,
      form.network.startsWith(pretrainedPrefix) ? undefined : form.width,
      known ? form.data : resolve(workspace, form.data),
    ),
    frameworks: form.frameworks,
    points: form.points ?? undefined,
    codecPoints: form.codecPoints ?? undefined,
    device: form.device,
    server: form.server,
    link: parseLink(form.link, listLinks()),
    gamma: form.gamma ?? undefined,
    maxLoss: form.maxLoss ?? undefined,
    trainImages: form.trainImages ?? undefined,
    testImages: form.testImages ?? undefined,
    epochs: form.epochs ?? undefined,
    batchSize: form.batchSize ?? undefined,
    seed: form.seed,
    threads: form.threads ?? defaultThreads,
    timeS: form.timeS ?? undefined,
    biasReadings: form.biasReadings ?? undefined,
    ablations: form.ablations ?? undefined,
    filterNorm: form.filterNorm ?? undefined,
    autoEpochs: form.autoEpochs ?? undefined,
    int8: form.int8 ?? undefined,
    endToEnd: form.endToEnd ?? undefined,
    powerMeter: form.powerMeter ?? undefined,
    boardPower: form.boardPower ?? undefined,
  })
  nameEnds(config)
  return { config, command: commandOfForm(form), out: null, fresh }
}

/** The command line that asks for the same. */
function commandOfForm(form: CompareForm): string {
  const { boardPower } = form
  const options: Option[] = [
    ['--data', form.data],
    ['--network', form.network],
    ['--width', form.network.startsWith(pretrainedPrefix) ? null : form.width],
    ['--frameworks', form.frameworks],
    ['--points', form.points],
    ['--codec-points', form.codecPoints ?? null],
    ['--device', form.device],
    ['--server', form.server],
    ['--link', form.link],
    ['--gamma', form.gamma],
    ['--max-loss', form.maxLoss],
    ['--profile', form.profile],
    ['--train-images', form.trainImages],
    ['--test-images', form.testImages],
    ['--epochs', form.epochs],
    ['--batch', form.batchSize],
    ['--seed', form.seed],
    ['--threads', form.threads],
    ['--time-s', form.timeS],
    ['--bias-readings', form.biasReadings ?? null],
    ['--ablations', form.ablations ?? null],
    ['--filter-norm', form.filterNorm ?? null],
    ['--auto-epochs', form.autoEpochs ?? null],
    ['--int8', form.int8 || null],
    ['--end-to-end', form.endToEnd || null],
    ['--power-meter', form.powerMeter ?? null],
    ['--board-power', boardPower ? `${boardPower.activeW},${boardPower.idleW}` : null],
  ]
  return commandOf('compare', options)
}

/** null: not said, the command decides; true: a switch that takes no value. */
type Option = [name: string, value: string | number | true | null]

/** A command line of the launcher. */
export const commandOf = (verb: string, options: readonly Option[]): string =>
  [
    `npm run splitbench -- ${verb}`,
    ...options.flatMap(([name, value]) => {
      if (value === null) return []
      return value === true ? [name] : [name, quoted(String(value))]
    }),
  ].join(' ')

/** The command line that asks for the same profile in a terminal, in the workspace's folder. */
export function commandOfProfile(form: ProfileForm): string {
  const options: Option[] = [
    ['--device', form.device],
    ['--server', form.server],
    ['--link', form.link],
    ['--input', form.input],
    ['--size', form.size],
    ['--output', form.output],
    ['--points', form.points],
    ['--threads', form.threads],
    ['--time-s', form.timeS],
  ]
  return commandOf(`profile ${quoted(form.model)}`, options)
}

export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
