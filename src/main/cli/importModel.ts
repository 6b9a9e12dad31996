import { basename, extname, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { formatMacs } from '#common/units.ts'
import { importModel } from '../workbench/experiments/importModel.ts'
import { cancelled } from './cancel.ts'
import { printJson } from './command.ts'
import { watchJob } from './terminal.ts'

interface Options {
  out?: string
  name?: string
  mean?: number[]
  std?: number[]
  pixels?: 1 | 255
  size?: [number, number]
  output?: string
  json?: boolean
}

/** `import`: a network of one's own, from an ONNX file. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description(
      'Make a model folder of an ONNX file (PyTorch, Keras, TensorFlow): network.json, weights.safetensors, model.onnx.',
    )
    .argument('<model.onnx>', 'the file; weights that lie outside of it must be beside it')
    .option('--out <folder>', 'folder of the model (default: ./<name of the file>)')
    .option('--name <name>', 'name of the network (default: of the file)')
    .option(
      '--mean <r,g,b>',
      'it expects images as (u/255 − mean)/std: mean of each channel',
      channels(() => true),
    )
    .option(
      '--std <r,g,b>',
      'and std of each channel',
      channels((value) => value > 0),
    )
    .option(
      '--pixels <1|255>',
      'largest pixel where it normalises images itself (default: judged by how it does)',
      pixels,
    )
    .option(
      '--size <pixels>',
      'size of images where the file leaves it free, e.g. 224 or 160x224 (rows x columns)',
      size,
    )
    .option('--output <name>', 'the output to follow where there are several')
    .option('--json', 'print one JSON document on stdout')
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const path = resolve(file)
  const name = options.name ?? basename(path, extname(path))
  const out = resolve(options.out ?? name)
  const view = watchJob()
  try {
    const { mean = null, std = null, pixels = null, size = null, output = null } = options
    const params = { file: path, out, name, mean, std, pixels, size, output }
    const imported = await importModel(params, cancelled, view.show)
    view.close()
    if (options.json) {
      printJson({ protocol: 1, folder: out, ...imported })
      return
    }
    const { network, points, check, notes } = imported
    const numbers = (values: readonly number[]): string => values.map((value) => value.toPrecision(4)).join(' ')
    const lines = [
      `${network.name}: ${network.layers} layers, ${formatMacs(network.macs)} MACs, ${formatMacs(network.parameters)} parameters, ${network.classes} classes, images of ${network.height}×${network.width} pixels (mean ${numbers(network.mean)}, std ${numbers(network.std)}).`,
      `${points.length} partition points: ${points.join(' ')}`,
      `ONNX Runtime, original against result on ${check.images} random images: differ by at most ${check.relative.toExponential(1)} of the largest output (allowed: ${check.allowed}).`,
      ...notes,
      relative(process.cwd(), out) || '.',
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  } finally {
    view.close()
  }
}

const channels =
  (accept: (value: number) => boolean) =>
  (text: string): number[] => {
    const values = text.split(',').map((part) => Number(part.trim() || 'none'))
    if (values.length === 3 && values.every((value) => Number.isFinite(value) && accept(value))) return values
    throw new InvalidArgumentError('It must be three numbers, e.g. 0.485,0.456,0.406.')
  }

function pixels(text: string): 1 | 255 {
  if (text === '1' || text === '255') return Number(text) as 1 | 255
  throw new InvalidArgumentError('It must be 1 or 255.')
}

function size(text: string): [number, number] {
  const [rows, columns = rows, ...more] = text.split(/[x×]/).map((part) => Number(part || 'none'))
  const isSide = (side: number | undefined): side is number => Number.isInteger(side) && side! > 0 && side! <= 4096
  if (isSide(rows) && isSide(columns) && more.length === 0) return [rows, columns]
  throw new InvalidArgumentError('It must be a number of pixels, e.g. 224, or rows x columns, e.g. 160x224.')
}
