import type { Command } from 'commander'
import { architectureNames, buildNetwork } from '#common/network/architectures/index.ts'
import { paperProfiles } from '#common/network/architectures/paperProfiles.ts'
import { totalCost, unitCosts } from '#common/network/cost.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { formatMacs } from '#common/units.ts'
import { positive, positiveInteger } from './options.ts'

interface Options {
  width: number
  classes: number
  size: number
  json?: boolean
}

/** The layer table of a network: what every partition point would cost and send. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('Print the layer table of a network: output, elements, MACs, parameters, partition points.')
    .argument(
      '[network]',
      `${architectureNames.join(', ')}; or as published by others, at fixed size: ${Object.keys(paperProfiles).join(', ')}`,
      'vgg16',
    )
    .option('--width <n>', 'width multiplier', positive, 1)
    .option('--classes <n>', 'classes', positiveInteger, 10)
    .option('--size <pixels>', 'side of the square image', positiveInteger, 32)
    .option('--json', 'print one JSON document on stdout')
    .action((name: string, options: Options) => {
      const { json } = options
      const network = Object.hasOwn(paperProfiles, name)
        ? paperProfiles[name]!()
        : buildNetwork(name, { ...options, mean: [0, 0, 0], std: [1, 1, 1] })
      const { width, classes } = network
      const [input] = network.layers
      const size = input?.op === 'input' ? input.height : options.size
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
        `${[print(head), ...cells.map(print)].join('\n')}\n\n${name} at width ${width}: ${formatMacs(total.macs)} MACs, ${formatMacs(total.parameters)} parameters (${formatMacs(total.parameters - normalisation)} without batch normalisation) per ${size}×${size} image (FLOPs = 2 × MACs).\n`,
      )
    })
}
