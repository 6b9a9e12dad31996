import type { Command } from 'commander'
import { predictionErrors } from '#common/measurement/predictionErrors.ts'
import { nameDevice } from '../../workbench/devices/resolveDevice.ts'
import { calibrateDevice } from '../../workbench/experiments/calibrate.ts'
import { alignColumns } from '../../workbench/reports/columns.ts'
import { predictionCells, predictionColumns } from '../../workbench/reports/predictionTable.ts'
import { cancelled } from '../cancel.ts'
import { printJson } from '../command.ts'
import { positiveInteger, seedNumber } from '../options.ts'
import { withDevice } from './session.ts'

interface Options {
  threads: number
  seed: number
  acceptNewHostKey?: boolean
  json?: boolean
}

/** `device calibrate`. */
export function addCalibrate(device: Command): void {
  device
    .command('calibrate')
    .description('Time single layers of many shapes on a device and fit what predicts the layers of a network there.')
    .argument('<device>', 'name or address')
    .option('--threads <n>', "threads of the device's runtime", positiveInteger, 1)
    .option('--seed <n>', 'which layers, and in which order', seedNumber, 1)
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--json', 'print one JSON document on stdout')
    .action(async (text: string, { threads, seed, ...options }: Options) => {
      const named = nameDevice(text)
      const { calibration, path } = await withDevice(named, options, ({ device, show }) =>
        calibrateDevice({ device, threads, seed, signal: cancelled, onProgress: show }),
      )
      if (options.json) {
        printJson({ ...calibration, path })
        return
      }
      const errors = predictionErrors(
        calibration.samples.flatMap(({ kind, ms, leftOutMs }) =>
          leftOutMs === null ? [] : [{ kind, ms, predictedMs: leftOutMs }],
        ),
      )
      const lines = alignColumns(
        predictionColumns.map(({ title, unit, align }) => ({ title: unit ? `${title}, ${unit}` : title, align })),
        errors.map(predictionCells),
      )
      process.stdout.write(
        `${calibration.samples.length} layers on ${named.name} (${calibration.source}), ${threads} thread(s); each predicted by what was fitted to all others:\n\n${lines.join('\n')}\n\nStored in ${path}; reports predict from it.\n`,
      )
    })
}
