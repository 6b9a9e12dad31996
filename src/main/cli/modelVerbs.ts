import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { pointNames } from '#common/experiment/compareConfig.ts'
import { criterionNames, parseCriterion } from '#common/experiment/criteria.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { formatMacs, formatPercent } from '#common/units.ts'
import type { ModelVerbOptions } from '../workbench/experiments/modelVerb.ts'
import { runModelVerb } from '../workbench/experiments/modelVerb.ts'
import { defaultThreads } from '../workbench/experiments/threads.ts'
import { chooseNetwork } from '../workbench/pretrained/choice.ts'
import { dataFor, resolveModel } from '../workbench/pretrained/modelRef.ts'
import { cancelled } from './cancel.ts'
import { commandLine, printJson } from './command.ts'
import { fraction, positive, positiveInteger, seedNumber, share } from './options.ts'
import { watchJob } from './terminal.ts'

interface Common {
  data?: string
  trainImages: number
  testImages: number
  seed: number
  threads: number
  out?: string
  fresh?: boolean
  json?: boolean
}

/** `train`, `prune` and `export`: the steps of the main job one by one, on model folders. */
interface PruneOptions extends Common {
  macShare?: number
  maxLoss: number
  criterion: string
  roundTo: number
  exclude?: string
}

export function addModelVerbs(program: Command): void {
  const { quick } = profiles
  const common = (command: Command): Command =>
    command
      .option(
        '--data <folder|name>',
        'images: synthetic, cifar-10, cifar-100, a folder of CIFAR files, or an image folder (default: synthetic, or what pretrained weights were trained on)',
      )
      .option('--train-images <n>', 'training images', positiveInteger, quick.trainImages)
      .option('--test-images <n>', 'test images', positiveInteger, quick.testImages)
      .option('--seed <n>', 'seed of everything random', seedNumber, 1)
      .option(
        '--threads <n>',
        'threads of the trainer; part of the numeric fingerprint',
        positiveInteger,
        defaultThreads,
      )
      .option('--out <folder>', 'folder of the finished run (default: ./splitbench-runs/<run id>)')
      .option('--fresh', 'start over instead of resuming an interrupted run')
      .option('--json', 'print one JSON document on stdout')

  common(
    program.command('train').description('Train a network; writes model/network.json and model/weights.safetensors.'),
  )
    .option('--network <name|folder>', 'network to train; of a model folder: to train further', 'vgg16')
    .option('--width <n>', 'width multiplier (default: 0.25)', positive)
    .option('--rate <n>', 'rate that fine-tuning of a model folder begins with', positive, 0.01)
    .option('--epochs <n>', 'epochs', positiveInteger, quick.training.epochs)
    .option('--batch <n>', 'batch size', positiveInteger, quick.training.batchSize)
    .action(
      async (options: Common & { network: string; width?: number; rate: number; epochs: number; batch: number }) => {
        const { network, width, model, pretrained, source } = chooseNetwork(
          options.network,
          options.width,
          options.data,
        )
        if (pretrained) {
          throw new CodedError(
            'bad-usage',
            `${options.network} are finished weights.`,
            'Train an architecture, or train a model folder further.',
          )
        }
        if (!model) pointNames(network)
        const training = {
          ...quick.training,
          epochs: options.epochs,
          batchSize: options.batch,
          // From good weights a small rate that falls: the schedule for a seeded start would destroy them.
          ...(model && { schedule: { kind: 'cosine' as const, start: options.rate } }),
        }
        const config = {
          data: { source, ...countsOf(options) },
          network: { name: network, width, ...(model && { model: model.folder }) },
          training,
          seed: options.seed,
          threads: options.threads,
        }
        const { result, folder } = await work(
          options,
          { verb: 'train', title: `Train ${network}`, config: model ? { ...config, hash: model.hash } : config },
          (trainer, place, signal) => trainer.request('train', { folder: place, ...config }, signal),
        )
        if (options.json) printJson({ protocol: 1, folder, ...result })
        else
          say(
            `${network} at width ${width}: ${formatPercent(result.accuracy)} on test images, ${formatMacs(result.macs)} MACs, ${formatMacs(result.parameters)} parameters`,
            join(folder, result.model),
          )
      },
    )

  common(
    program
      .command('prune')
      .description('Prune a trained model over the whole network by a criterion, with fine-tuning.'),
  )
    .argument('<model>', 'model folder (network.json and weights.safetensors), or pretrained:NAME')
    .option('--mac-share <share>', 'stop at this share of the MACs (default: as far as --max-loss allows)', share)
    .option('--max-loss <fraction>', 'largest accuracy loss on validation images', fraction, quick.maxLoss)
    .option('--criterion <name>', criterionNames.join(', '), 'taylor')
    .option('--round-to <n>', 'counts of channels that stay are multiples of n', positiveInteger, 1)
    .option('--exclude <layers>', 'layers whose channels all stay, e.g. conv1,conv2')
    .action(async (model: string, options: PruneOptions) => {
      const config = {
        criterion: parseCriterion(options.criterion),
        roundTo: options.roundTo,
        exclude: options.exclude?.split(',').map((name) => name.trim()) ?? [],
        ...modelAndData(model, options),
        macShare: options.macShare ?? null,
        maxLoss: options.maxLoss,
        twoStep: quick.twoStep,
        training: quick.training,
        seed: options.seed,
        threads: options.threads,
      }
      const { result, folder } = await work(
        options,
        { verb: 'prune', title: `Prune ${model}`, config },
        (trainer, place, signal) => trainer.request('prune', { folder: place, ...config }, signal),
      )
      if (options.json) printJson({ protocol: 1, folder, ...result })
      else {
        const loss = result.before.accuracy - result.accuracy
        say(
          `channels left ${formatPercent(result.channelShare)} · parameters left ${formatPercent(result.parameterShare)} · MACs left ${formatPercent(result.macShare)}\n` +
            `accuracy on test images ${formatPercent(result.accuracy)} (unpruned ${formatPercent(result.before.accuracy)}, loss ${(100 * loss).toFixed(1)} points)`,
          join(folder, result.model),
        )
      }
    })

  common(
    program
      .command('export')
      .description(
        'Cut a model at a partition point; writes a checked candidate: head.onnx, tail.onnx, split.json, check.safetensors.',
      ),
  )
    .argument('<model>', 'model folder (network.json and weights.safetensors), or pretrained:NAME')
    .requiredOption('--point <name>', 'partition point, e.g. pool3')
    .option('--features <form>', 'how the feature map crosses: uint8 or float32', 'uint8')
    .action(async (model: string, options: Common & { point: string; features: string }) => {
      if (options.features !== 'uint8' && options.features !== 'float32') {
        throw new CodedError('bad-usage', `Unknown feature form "${options.features}".`, 'Forms: uint8, float32.')
      }
      const config = {
        ...modelAndData(model, options),
        point: options.point,
        features: options.features,
        seed: options.seed,
        threads: options.threads,
      } as const
      const { result, folder } = await work(
        options,
        { verb: 'export', title: `Export ${model} at ${options.point}`, config },
        (trainer, place, signal) => trainer.request('export', { folder: place, ...config }, signal),
      )
      const { candidate } = result
      if (options.json) printJson({ protocol: 1, folder, candidate })
      else
        say(
          `${candidate.partitionPoint}: ${formatPercent(candidate.accuracy)} on test images, payload ${candidate.payloadBytes} B, head ${formatMacs(candidate.headMacs)} MACs`,
          join(folder, 'candidates', candidate.id),
        )
    })
}

async function work<T extends object>(
  options: Common,
  what: Pick<ModelVerbOptions, 'verb' | 'title' | 'config'>,
  request: Parameters<typeof runModelVerb<T>>[1],
): Promise<{ result: T; folder: string }> {
  const view = watchJob()
  try {
    return await runModelVerb(
      {
        ...what,
        command: commandLine(),
        out: options.out,
        fresh: options.fresh ?? false,
        cwd: process.cwd(),
        threads: options.threads,
        signal: cancelled,
        watch: view.show,
      },
      request,
    )
  } finally {
    view.close()
  }
}

const countsOf = ({ trainImages, testImages, seed }: Common) => ({ trainImages, testImages, seed })

function modelAndData(model: string, options: Common) {
  const ref = resolveModel(model)
  return { model: ref.folder, data: dataFor(ref, options.data, countsOf(options)) }
}

const say = (text: string, place: string): void => {
  process.stdout.write(`${text}\n${relative(process.cwd(), place)}\n`)
}
