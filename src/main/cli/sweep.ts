import { relative } from 'node:path'
import type { Command } from 'commander'
import type { Sweep, SweepConfig } from '#common/contract/sweep.ts'
import { sweepSize } from '#common/contract/sweep.ts'
import { CodedError } from '#common/errors.ts'
import { parseCriteria } from '#common/experiment/criteria.ts'
import { chooseDepths } from '#common/experiment/depths.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import { formatDuration } from '#common/units.ts'
import { finishedCells, sweep, sweepPlanOf } from '../workbench/experiments/sweep.ts'
import { readSweep } from '../workbench/experiments/sweepFile.ts'
import { defaultThreads } from '../workbench/experiments/threads.ts'
import { dataFor, networkOf, resolveModel } from '../workbench/pretrained/modelRef.ts'
import { renderSweep } from '../workbench/reports/sweepTable.ts'
import { AlreadyFinished } from '../workbench/store/runFolder.ts'
import { cancelled } from './cancel.ts'
import { commandLine, printJson } from './command.ts'
import { positive, positiveInteger, seedNumber } from './options.ts'
import { watchJob } from './terminal.ts'

interface Options {
  data?: string
  criteria: string
  depths: string
  ratios: string
  seeds: number
  seed: number
  steps: number
  batch: number
  rate: number
  scoreImages: number
  trainImages: number
  testImages: number
  threads: number
  plan?: boolean
  from?: string
  out?: string
  fresh?: boolean
  json?: boolean
}

export function addSweep(program: Command): void {
  const { quick } = profiles
  program
    .command('sweep')
    .description(
      'Compare pruning criteria (SAFBMP, Figure 2): prune one layer at a time, by every criterion and at every ratio, with and without fine-tuning.',
    )
    .argument('<model>', 'pretrained:NAME, or a model folder (network.json and weights.safetensors)')
    .option('--data <folder|name>', 'images (default: those that pretrained weights were trained on, else synthetic)')
    .option('--criteria <names>', 'criteria separated by commas, or all', 'all')
    .option('--depths <n|names>', 'how many layers, evenly from the first to the last, or their names', '5')
    .option('--ratios <shares>', 'shares of the channels that go', '0.3,0.5,0.7')
    .option('--seeds <n>', 'how many seeds', positiveInteger, 3)
    .option('--seed <n>', 'the first seed', seedNumber, 1)
    .option('--steps <n>', 'fine-tuning steps of every pruned network', positiveInteger, 40)
    .option('--batch <n>', 'batch size of fine-tuning', positiveInteger, 64)
    .option('--rate <n>', 'learning rate at the first step; it falls to 0', positive, 0.01)
    .option('--score-images <n>', 'training images that a criterion sees', positiveInteger, 512)
    .option('--train-images <n>', 'training images', positiveInteger, quick.trainImages)
    .option('--test-images <n>', 'test images', positiveInteger, quick.testImages)
    .option('--threads <n>', 'threads of the trainer; part of the numeric fingerprint', positiveInteger, defaultThreads)
    .option('--from <record>', 'sweep.json of an equal sweep that was not finished: its cells are taken over')
    .option('--plan', 'print how many cells there are, how long they take and what is there already; run nothing')
    .option('--out <folder>', 'folder of the finished run (default: ./splitbench-runs/<run id>)')
    .option('--fresh', 'start over instead of resuming an interrupted run')
    .option('--json', 'print one JSON document on stdout')
    .action(run)
}

async function run(model: string, options: Options): Promise<void> {
  const ref = resolveModel(model)
  const network = networkOf(ref.folder)
  const config = configOf(ref, options)
  const depths = chooseDepths(prunableLayers(network), config.depths)
  const place = { out: options.out, cwd: process.cwd() }
  if (options.plan) {
    const plan = await sweepPlanOf(config, network)
    const cells = sweepSize({ ...config, depths })
    const there = finishedCells(config, place)
    const seconds = plan.reduce((sum, one) => sum + one.seconds, 0) * (1 - there / cells)
    if (options.json) return printJson({ protocol: 1, depths, cells, there, secondsLeft: seconds, plan })
    process.stdout.write(
      `${config.criteria.length} criteria × ${depths.length} depths (${depths.join(', ')}) × ${config.ratios.length} ratios × ${config.seeds.length} seeds = ${cells} cells, ${there} there already; about ${formatDuration(seconds)} left.\n`,
    )
    return
  }
  const known = options.from === undefined ? undefined : readSweep(options.from)
  const view = watchJob()
  try {
    const { result, folder } = await sweep({
      ...{ config, network, known, command: commandLine(), ...place },
      ...{ fresh: options.fresh ?? false, signal: cancelled, watch: view.show },
    })
    view.close()
    print(result, folder, options.json)
  } catch (error) {
    view.close()
    if (!(error instanceof AlreadyFinished)) throw error
    process.stderr.write('This run is finished already; --fresh runs it again.\n')
    print(readSweep(error.folder), error.folder, options.json)
  }
}

function configOf(ref: ReturnType<typeof resolveModel>, options: Options): SweepConfig {
  const { seed, seeds, trainImages, testImages } = options
  const { training } = profiles.quick
  return {
    model: ref.folder,
    pretrained: ref.training?.name ?? null,
    data: dataFor(ref, options.data, { trainImages, testImages, seed }),
    criteria: parseCriteria(options.criteria),
    depths: depthsOf(options.depths),
    ratios: ratiosOf(options.ratios),
    seeds: Array.from({ length: seeds }, (_, index) => seed + index),
    steps: options.steps,
    rate: options.rate,
    training: { ...training, batchSize: options.batch },
    scoreImages: options.scoreImages,
    threads: options.threads,
  }
}

const words = (text: string): string[] => text.split(',').map((word) => word.trim())

function depthsOf(text: string): number | string[] {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  return words(text)
}

function ratiosOf(text: string): number[] {
  const ratios = [...new Set(words(text).map((word) => Number(word || 'none')))]
  if (ratios.every((ratio) => ratio > 0 && ratio < 1)) return ratios.sort((a, b) => a - b)
  throw new CodedError('bad-usage', `--ratios ${text}: not every one lies between 0 and 1.`, 'E.g. 0.3,0.5,0.7.')
}

function print(result: Sweep, folder: string, json: boolean | undefined): void {
  if (json) printJson({ folder, ...result })
  else process.stdout.write(`${renderSweep(result)}\n${relative(process.cwd(), folder)}\n`)
}
