import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Preprocessing, PreprocessingConfig } from '#common/contract/preprocessing.ts'
import { CodedError } from '#common/errors.ts'
import { operatorNames, parseOperators, planPreprocessing } from '#common/experiment/preprocessing.ts'
import { formatDuration } from '#common/units.ts'
import { preprocess } from '../workbench/experiments/preprocess.ts'
import { readPreprocessing } from '../workbench/experiments/preprocessingFile.ts'
import { defaultThreads } from '../workbench/experiments/threads.ts'
import { loadThroughput } from '../workbench/experiments/throughput.ts'
import { renderPreprocessing } from '../workbench/reports/preprocessingTable.ts'
import { AlreadyFinished } from '../workbench/store/runFolder.ts'
import { cancelled } from './cancel.ts'
import { commandLine, printJson } from './command.ts'
import { positiveInteger, seedNumber } from './options.ts'
import { watchJob } from './terminal.ts'

interface Options {
  data: string
  operators: string
  images: string
  testImages: number
  seeds: number
  seed: number
  epochs: number
  batch: number
  threads: number
  plan?: boolean
  out?: string
  fresh?: boolean
  json?: boolean
}

export function addPreprocess(program: Command): void {
  program
    .command('preprocess')
    .description(
      'Edge pre-processing (Huang et al. 2017): reduce grey images before they cross the link, and train LeNet-5 on what arrives, over sizes of training data.',
    )
    .option('--data <folder|digits>', "folder with MNIST's four IDX files, or built-in drawn digits", 'digits')
    .option('--operators <names>', `${operatorNames.join(',')}, or all (one PCA)`, 'all')
    .option('--images <counts>', 'training images, separated by commas', '5000,10000,20000,40000,60000')
    .option('--test-images <n>', 'test images', positiveInteger, 10_000)
    .option('--seeds <n>', 'how many seeds', positiveInteger, 1)
    .option('--seed <n>', 'the first seed', seedNumber, 1)
    .option('--epochs <n>', 'epochs of every training', positiveInteger, 4)
    .option('--batch <n>', 'batch size of training', positiveInteger, 64)
    .option('--threads <n>', 'threads of the trainer; part of the numeric fingerprint', positiveInteger, defaultThreads)
    .option('--plan', 'print how many trainings there are and how long they take; run nothing')
    .option('--out <folder>', 'folder of the finished run (default: ./splitbench-runs/<run id>)')
    .option('--fresh', 'start over instead of resuming an interrupted run')
    .option('--json', 'print one JSON document on stdout')
    .action(run)
}

async function run(options: Options): Promise<void> {
  const config = configOf(options)
  if (options.plan) {
    const plan = planPreprocessing(config, await loadThroughput())
    const cells = config.operators.length * config.images.length * config.seeds.length
    const seconds = plan.reduce((sum, one) => sum + one.seconds, 0)
    if (options.json) return printJson({ protocol: 1, cells, seconds, plan })
    process.stdout.write(
      `${config.operators.length} operators × ${config.images.length} sizes × ${config.seeds.length} seeds = ${cells} trainings; about ${formatDuration(seconds)}.\n`,
    )
    return
  }
  const view = watchJob()
  try {
    const { result, folder } = await preprocess({
      ...{ config, command: commandLine(), out: options.out, cwd: process.cwd() },
      ...{ fresh: options.fresh ?? false, signal: cancelled, watch: view.show },
    })
    view.close()
    print(result, folder, options.json)
  } catch (error) {
    view.close()
    if (!(error instanceof AlreadyFinished)) throw error
    process.stderr.write('This run is finished already; --fresh runs it again.\n')
    print(readPreprocessing(error.folder), error.folder, options.json)
  }
}

function configOf(options: Options): PreprocessingConfig {
  const { data, seed, seeds, testImages, epochs, threads } = options
  return {
    source: data === 'digits' ? { kind: 'digits' } : { kind: 'files', path: resolve(data) },
    operators: parseOperators(options.operators),
    images: countsOf(options.images),
    testImages,
    seeds: Array.from({ length: seeds }, (_, index) => seed + index),
    ...{ epochs, batchSize: options.batch, threads },
  }
}

function countsOf(text: string): number[] {
  const counts = [...new Set(text.split(',').map((word) => Number(word.trim() || 'none')))]
  if (counts.every((count) => Number.isInteger(count) && count >= 1)) return counts.sort((a, b) => a - b)
  throw new CodedError('bad-usage', `--images ${text}: not every one is a positive whole number.`, 'E.g. 5000,20000.')
}

function print(result: Preprocessing, folder: string, json: boolean | undefined): void {
  if (json) printJson({ folder, ...result })
  else process.stdout.write(`${renderPreprocessing(result)}\n${relative(process.cwd(), folder)}\n`)
}
