import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { pretrainedPrefix } from '#common/contract/pretrained.ts'
import { importOnnx } from '#common/formats/onnx/import/index.ts'
import { architectureNames, buildNetwork } from '#common/network/architectures/index.ts'
import { paperProfiles } from '#common/network/architectures/paperProfiles.ts'
import { totalCost, unitCosts } from '#common/network/cost.ts'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { formatMacs } from '#common/units.ts'
import { externalReader, readOnnxFile } from '../../system/onnxFiles.ts'
import { isModelFolder, networkOf, resolveModel } from '../workbench/pretrained/modelRef.ts'
import { positive, positiveInteger } from './options.ts'

interface Options {
  width: number
  classes: number
  size?: number
  json?: boolean
}

/** The layer table of a network: what every partition point would cost and send. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('Print the layer table of a network: output, elements, MACs, parameters, partition points.')
    .argument(
      '[network]',
      `${architectureNames.join(', ')}; a model folder, an ONNX file, pretrained:NAME; or as published by others, at fixed size: ${Object.keys(paperProfiles).join(', ')}`,
      'vgg16',
    )
    .option('--width <n>', 'width multiplier', positive, 1)
    .option('--classes <n>', 'classes', positiveInteger, 10)
    .option('--size <pixels>', 'side of the square image (default: 32, or what a file says)', positiveInteger)
    .option('--json', 'print one JSON document on stdout')
    .action((name: string, options: Options) => {
      const { json } = options
      const network = graphOf(name, options)
      const { width, classes } = network
      const [input] = network.layers
      const [size, columns] = input?.op === 'input' ? [input.height, input.width] : [0, 0]
      const rows = unitCosts(network)
      const points = new Set(partitionPoints(network).map((point) => point.layer))
      const total = totalCost(network)
      const normalisation = rows.reduce((sum, row) => sum + row.batchNormParameters, 0)
      if (json) {
        process.stdout.write(
          `${JSON.stringify({ protocol: 1, network: { name, width, classes, size, ...total, parametersWithoutBatchNorm: total.parameters - normalisation }, layers: rows, partitionPoints: partitionPoints(network) }, null, 2)}\n`,
        )
        return
      }
      const cells = rows.map((row) => [
        row.unit,
        `${row.output.channels}×${row.output.height}×${row.output.width}`,
        String(row.elements),
        formatMacs(row.macs),
        formatMacs(row.cumulativeMacs),
        String(row.parameters),
        network.layers.some((layer) => layer.unit === row.unit && points.has(layer.name)) ? 'yes' : 'no',
      ])
      const head = ['layer', 'output C×H×W', 'elements', 'MACs', 'cum. MACs', 'parameters', 'point']
      const widths = head.map((text, column) => Math.max(text.length, ...cells.map((row) => row[column]!.length)))
      const print = (row: string[]): string =>
        row
          .map((text, column) => (column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
          .join('  ')
      process.stdout.write(
        `${[print(head), ...cells.map(print)].join('\n')}\n\n${name} at width ${width}: ${formatMacs(total.macs)} MACs, ${formatMacs(total.parameters)} parameters (${formatMacs(total.parameters - normalisation)} without batch normalisation) per ${size}×${columns} image (FLOPs = 2 × MACs).\n`,
      )
    })
}

/** The graph that a user names, by what is there. Throws as each of the ways does. */
function graphOf(name: string, { width, classes, size }: Options): Network {
  if (Object.hasOwn(paperProfiles, name)) return paperProfiles[name]!()
  if (name.startsWith(pretrainedPrefix) || isModelFolder(name)) return networkOf(resolveModel(name).folder)
  if (name.endsWith('.onnx') && !architectureNames.includes(name)) {
    const path = resolve(name)
    const options = { file: path, name: basename(path, '.onnx'), external: externalReader(path) }
    return importOnnx(readOnnxFile(path), { ...options, size: size === undefined ? undefined : [size, size] }).model
      .network
  }
  return buildNetwork(name, { width, classes, size: size ?? 32, mean: [0, 0, 0], std: [1, 1, 1] })
}
