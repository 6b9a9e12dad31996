import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { CompareConfig } from '#common/contract/config.ts'
import { ablations, biasReadings, filterNorms, profileNames } from '#common/contract/config.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import { defaultFrameworks, frameworkNames } from '#common/experiment/names.ts'
import { parseLink } from '#common/latency/links.ts'
import { formatDuration } from '#common/units.ts'
import { nameEnds } from '../workbench/experiments/ends.ts'
import { planFor } from '../workbench/experiments/planFor.ts'
import { defaultThreads } from '../workbench/experiments/threads.ts'
import { listLinks } from '../workbench/links/store.ts'
import { chooseNetwork } from '../workbench/pretrained/choice.ts'
import { renderTable } from '../workbench/reports/table.ts'
import { AlreadyFinished } from '../workbench/store/runFolder.ts'
import { cancelled } from './cancel.ts'
import { commandLine, printJson } from './command.ts'
import { boardPower, fraction, positive, positiveInteger, seedNumber } from './options.ts'
import { watchJob } from './terminal.ts'
import { runInWorkbench } from './workbenchJob.ts'

interface Options {
  data?: string
  network: string
  width?: number
  frameworks: string
  points?: string
  codecPoints?: string
  device: string
  server: string
  allowEmulated?: boolean
  int8?: boolean
  acceptNewHostKey?: boolean
  link: string
  endToEnd?: boolean
  powerMeter?: string
  boardPower?: { activeW: number; idleW: number }
  gamma?: number
  maxLoss?: number
  biasReadings?: string
  ablations?: string
  filterNorm?: string
  autoEpochs?: number
  profile: string
  plan?: boolean
  trainImages?: number
  testImages?: number
  epochs?: number
  batch?: number
  seed: number
  threads: number
  timeS?: number
  deviceThreads?: number
  deviceBatch?: number
  out?: string
  fresh?: boolean
  json?: boolean
}

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('The main job: train, prune, split, export, time on the device, and compare frameworks in a report.')
    .option(
      '--data <folder|name>',
      'images: synthetic, cifar-10, cifar-100, a folder of CIFAR files, or an image folder (default: synthetic, or what pretrained weights were trained on)',
    )
    .option(
      '--network <name|folder>',
      'network to train, or a model folder or pretrained:NAME to begin with (splitbench pretrain lists them)',
      'vgg16',
    )
    .option('--width <n>', 'width multiplier of the network (default: 0.25)', positive)
    .option('--frameworks <names>', `${frameworkNames.join(',')} or all`, defaultFrameworks.join(','))
    .option('--points <names>', 'partition points, e.g. pool1,pool3, or all (default: the profile decides)')
    .option(
      '--codec-points <names>',
      'those of them at which codecs are trained, or all (default: those named, or what the profile decides)',
    )
    .option(
      '--device <device>',
      'what the heads run on: local, ssh://user@host, serial:PATH, simulated[:profile], or the name of a device',
      'local',
    )
    .option('--server <server>', 'what the tails run on: local, ssh://user@host, or the name of a device', 'local')
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--allow-emulated', 'let times of an emulated device select candidates')
    .option(
      '--link <link>',
      '3g, 4g, wifi, 1mbps, <Mbit/s>[,<rtt ms>[,<loss>%]], or a stored link (splitbench link list)',
      'wifi',
    )
    .option('--end-to-end', 'also run every candidate as one, device and server together, over the link')
    .option('--int8', 'only-splitting: also heads that compute in int8 (auto has them in any case)')
    .option('--power-meter <port>', 'serial port of a power meter that streams lines (V,A or JSON) for the board')
    .option('--board-power <W,W>', 'power of a board without a meter, active and idle, for modelled energy', boardPower)
    .option('--gamma <n>', 'model the device instead of timing it: n times slower than the server', positive)
    .option(
      '--max-loss <fraction>',
      'largest accuracy loss of a pruned network on validation images (default: by profile)',
      fraction,
    )
    .option(
      '--bias-readings <names>',
      `how safbmp's feature bias is read: ${biasReadings.join(',')} or all; the first is tried with every width, the others with one (default: closed-form)`,
    )
    .option(
      '--ablations <names>',
      `which parts of safbmp are left out for comparison: ${ablations.join(',')}, all or none (default: no-pruning,no-coding)`,
    )
    .option('--filter-norm <norm>', `by which ccto scores filters: ${filterNorms.join(' or ')} (default: l1)`)
    .option('--auto-epochs <n>', 'all training that auto may take (default: by profile)', positiveInteger)
    .option('--profile <name>', profileNames.join(', '), 'quick')
    .option('--plan', 'print what would be run, how long each part takes and what is there already; run nothing')
    .option('--train-images <n>', 'training images (default: by profile)', positiveInteger)
    .option('--test-images <n>', 'test images (default: by profile)', positiveInteger)
    .option('--epochs <n>', 'epochs of the baseline (default: by profile)', positiveInteger)
    .option('--batch <n>', 'training batch size (default: by profile)', positiveInteger)
    .option('--seed <n>', 'seed of everything random', seedNumber, 1)
    .option('--threads <n>', 'threads of the trainer; part of the numeric fingerprint', positiveInteger, defaultThreads)
    .option('--time-s <seconds>', 'seconds that each head and tail is timed (default: by profile)', positive)
    .option('--device-threads <n>', 'threads of ONNX Runtime on the device and the server', positiveInteger, 1)
    .option('--device-batch <n>', 'images per timed run; times are then per image', positiveInteger, 1)
    .option('--out <folder>', 'folder of the finished run (default: ./splitbench-runs/<run id>)')
    .option('--fresh', 'start over instead of resuming an interrupted run')
    .option('--json', 'print the comparison as one JSON document on stdout')
    .action(run)
}

async function run(options: Options): Promise<void> {
  const config = resolveCompare({
    ...options,
    points: options.points,
    gamma: options.gamma,
    maxLoss: options.maxLoss,
    trainImages: options.trainImages,
    testImages: options.testImages,
    epochs: options.epochs,
    batchSize: options.batch,
    timeS: options.timeS,
    ...chooseNetwork(options.network, options.width, options.data),
    link: parseLink(options.link, listLinks()),
  })
  nameEnds(config)
  if (options.plan) return printPlan(config, options)
  const view = watchJob()
  try {
    const folder = await runInWorkbench({
      spec: {
        config,
        command: commandLine(),
        out: options.out === undefined ? null : resolve(options.out),
        fresh: options.fresh ?? false,
        acceptNewHostKey: options.acceptNewHostKey ?? false,
      },
      cwd: process.cwd(),
      signal: cancelled,
      watch: view.show,
      say: view.say,
    })
    view.close()
    print(stored(folder), folder, options.json)
  } catch (error) {
    view.close()
    if (!(error instanceof AlreadyFinished)) throw error
    process.stderr.write('This run is finished already; --fresh runs it again.\n')
    print(stored(error.folder), error.folder, options.json)
  }
}

const stored = (folder: string) =>
  comparisonSchema.parse(JSON.parse(readFileSync(join(folder, 'comparison.json'), 'utf8')))

function print(comparison: Parameters<typeof renderTable>[0], folder: string, json: boolean | undefined): void {
  const place = relative(process.cwd(), folder) || '.'
  if (json) printJson({ ...comparison, folder })
  else
    process.stdout.write(
      `${renderTable(comparison)}\n\nReport: ${join(place, comparison.report.html)}\nTook ${formatDuration(comparison.run.durationS)}.\n`,
    )
}

/** Points with minutes, and what an interrupted run of the same configuration has already. */
async function printPlan(config: CompareConfig, { json, out }: Options): Promise<void> {
  const { throughput, points, plan, secondsLeft } = await planFor(config, { out, cwd: process.cwd() })
  if (json) {
    printJson({ protocol: 1, throughput, points, plan, secondsLeft, config })
    return
  }
  const rows = plan.map(
    ({ title, seconds, there: done }) =>
      `  ${title.padEnd(40)} ${formatDuration(seconds).padStart(12)}${done ? '   there already' : ''}`,
  )
  process.stdout.write(
    `${config.network.name} at width ${config.network.width}, ${config.data.trainImages} training images, profile ${config.profile}; points: ${points.join(' ')}\n\n${rows.join('\n')}\n\n  ${'left to do'.padEnd(40)} ${formatDuration(secondsLeft).padStart(12)}   (${throughput.source === 'default' ? 'a guess: no run on this computer yet' : 'from earlier runs on this computer'})\n`,
  )
}
