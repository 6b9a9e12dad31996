import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { pretrainedNames, pretrainedRecipe } from '#common/experiment/pretrainedRecipes.ts'
import { formatDuration, formatPercent } from '#common/units.ts'
import { defaultThreads } from '../workbench/experiments/threads.ts'
import { keepTraining } from '../workbench/pretrained/keep.ts'
import { pretrain } from '../workbench/pretrained/pretrain.ts'
import { listPretrained, pretrainedFolder } from '../workbench/pretrained/read.ts'
import { alignColumns } from '../workbench/reports/columns.ts'
import { AlreadyFinished } from '../workbench/store/runFolder.ts'
import { cancelled } from './cancel.ts'
import { commandLine, printJson } from './command.ts'
import { positiveInteger } from './options.ts'
import { watchJob } from './terminal.ts'

interface Options {
  keep?: string
  into: string
  out?: string
  threads: number
  json?: boolean
}

/** The weights that come with the program: what there is, and how they are trained on. */
export function addPretrain(program: Command): void {
  program
    .command('pretrain')
    .description(
      'List the pretrained weights; with a name, train them to the end from the checkpoint that is there, and put them into place.',
    )
    .argument('[name]', pretrainedNames.join(', '))
    .option('--keep <run>', 'put what this run has reached into place, finished or as a checkpoint; train nothing')
    .option('--into <folder>', 'folder of all pretrained weights', pretrainedFolder())
    .option('--out <folder>', 'folder of the finished run (default: ./splitbench-runs/<run id>)')
    .option('--threads <n>', 'threads of the trainer; part of the numeric fingerprint', positiveInteger, defaultThreads)
    .option('--json', 'print one JSON document on stdout')
    .action(run)
}

async function run(name: string | undefined, { keep, into, out, threads, json }: Options): Promise<void> {
  const root = resolve(into)
  if (name === undefined) {
    const all = listPretrained(root)
    if (json) return printJson({ protocol: 1, pretrained: all })
    process.stdout.write(`${tableOf(all, pretrainedNames).join('\n')}\n`)
    return
  }
  pretrainedRecipe(name)
  const view = watchJob()
  try {
    const training = keep
      ? await keepTraining(name, resolve(keep), root, cancelled)
      : await pretrain({
          ...{ name, root, threads, out, command: commandLine(), cwd: process.cwd() },
          ...{ signal: cancelled, watch: view.show },
        }).catch((error) => {
          // The run was finished by an earlier try that did not come to put it into place.
          if (error instanceof AlreadyFinished) return keepTraining(name, error.folder, root, cancelled)
          throw error
        })
    view.close()
    if (json) printJson(training)
    else process.stdout.write(`${tableOf([training], [name]).join('\n')}\n`)
  } finally {
    view.close()
  }
}

function tableOf(all: readonly Pretrained[], names: readonly string[]): string[] {
  const rows = names.map((name) => {
    const one = all.find((training) => training.name === name)
    if (!one) return [name, 'not begun']
    const { epochs, tests, curve, durationS } = one
    const test = tests.at(-1)
    return [
      name,
      one.state === 'finished' ? 'finished' : `${epochs.done} of ${epochs.of} epochs`,
      formatPercent(curve.at(-1)?.validationAccuracy ?? 0),
      test ? `${formatPercent(test.accuracy)} of ${test.images}` : '–',
      formatDuration(durationS),
    ]
  })
  const right = (title: string) => ({ title, align: 'right' as const })
  const left = (title: string) => ({ title, align: 'left' as const })
  return alignColumns(
    [left('name'), left('state'), right('held-out images'), right('test images'), right('trained for')],
    rows,
  )
}
