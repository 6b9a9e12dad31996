import { dirname } from 'node:path'
import type { Command } from 'commander'
import type { DeviceTiming } from '#common/contract/deviceTiming.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { formatMacs, significant } from '#common/units.ts'
import type { Device } from '../../workbench/devices/device.ts'
import { reachDevice } from '../../workbench/devices/reach.ts'
import { nameDevice } from '../../workbench/devices/resolveDevice.ts'
import { timeOnDevice } from '../../workbench/experiments/deviceTime.ts'
import { alignColumns, plain } from '../../workbench/reports/columns.ts'
import { plusMinus, threeDigits } from '../../workbench/reports/digits.ts'
import { agentStore } from '../../workbench/store/userFile.ts'
import { askOnTerminal } from '../ask.ts'
import { cancelled } from '../cancel.ts'
import { commandLine, printJson } from '../command.ts'
import { positive, positiveInteger } from '../options.ts'
import { watchJob } from '../terminal.ts'
import { candidatesOf } from './choice.ts'

interface Options {
  run: string
  points?: string
  timeS: number
  deviceThreads: number
  acceptNewHostKey?: boolean
  json?: boolean
}

/** `device time`. */
export function addTimeVerb(device: Command): void {
  device
    .command('time')
    .description('Check and time the heads of a finished run on a device; the same command resumes an interrupted one.')
    .argument('<device>', 'name or address')
    .requiredOption('--run <folder>', 'folder of a finished run')
    .option('--points <names>', 'only these partition points')
    .option('--time-s <seconds>', 'seconds that each head is timed', positive, profiles.lab.timing.seconds)
    .option('--device-threads <n>', "threads of the device's runtime", positiveInteger, 1)
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--json', 'print one JSON document on stdout')
    .action(async (text: string, options: Options) => {
      const named = nameDevice(text)
      const { folder, comparison, candidates } = candidatesOf(options.run, options.points)
      const points = options.points === undefined ? null : [...new Set(candidates.map((one) => one.partitionPoint))]
      const view = watchJob()
      let reached: Device | undefined
      try {
        const { timing, folder: stored } = await timeOnDevice({
          config: {
            device: text,
            run: comparison.run.id,
            points,
            timing: {
              ...profiles.lab.timing,
              seconds: options.timeS,
              threads: options.deviceThreads,
            },
          },
          command: commandLine(),
          comparison,
          folder,
          cwd: workspaceOf(folder),
          signal: cancelled,
          watch: view.show,
          async connect(say) {
            const { device: connected } = await reachDevice(named, {
              role: 'device',
              store: agentStore('agent'),
              ask: (question, signal) => {
                view.close()
                return askOnTerminal(question, signal)
              },
              acceptNewHostKey: options.acceptNewHostKey ?? false,
              signal: cancelled,
              onProgress: ({ title }) => say(title),
              onNote: (note) => view.say(`note: ${note}`),
            })
            reached = connected
            return connected
          },
        })
        view.close()
        if (options.json) printJson({ ...timing, folder: stored })
        else process.stdout.write(`${table(timing)}\n\nStored: ${stored}\n`)
      } finally {
        view.close()
        await reached?.close()
      }
    })
}

/** Beside the run that it is of: <workspace>/splitbench-runs/<run>. */
const workspaceOf = (run: string): string => {
  const shelf = dirname(run)
  return shelf.endsWith('splitbench-runs') ? dirname(shelf) : process.cwd()
}

function table({ device, heads, missing, config }: DeviceTiming): string {
  const source = heads[0]?.deviceMs.source ?? 'measured'
  const lines = alignColumns(
    [
      { title: 'head', align: 'left' },
      { title: 'MACs', align: 'right' },
      { title: `${source}, ms`, align: 'right' },
      { title: 'p95', align: 'right' },
      { title: 'n', align: 'right' },
    ],
    heads.map(({ framework, step, partitionPoint, codec, headMacs, deviceMs }) => [
      [framework, step, partitionPoint, codec].filter(Boolean).join(' '),
      formatMacs(headMacs),
      `${threeDigits(deviceMs.median)} ${plusMinus(deviceMs.median, deviceMs.ci95)}`,
      threeDigits(deviceMs.p95),
      String(deviceMs.n),
    ]),
  )
  const notes = [
    ...(source === 'emulated' ? ['note: the device is emulated: its times say nothing about a real board.'] : []),
    ...(source === 'modelled' ? [`note: the device is simulated (${plain(device.cpu)}): times are modelled.`] : []),
    ...missing.map(({ partitionPoint, reason }) => `note: ${partitionPoint} was not timed: ${plain(reason)}.`),
  ]
  return [
    `${plain(device.name)}: ${plain(device.board ?? device.cpu)}, ${plain(device.runtime)}`,
    '',
    ...lines,
    '',
    `Head and byte encoding, batch 1, median; ± wider side of its 95 % interval; ${significant(config.timing.seconds)} s each.`,
    ...notes,
  ].join('\n')
}
