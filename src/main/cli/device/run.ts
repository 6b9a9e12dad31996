import type { Command } from 'commander'
import { Option } from 'commander'
import type { Link } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import { CodedError } from '#common/errors.ts'
import { parseFrameworks } from '#common/experiment/names.ts'
import { describeLink, parseLink } from '#common/latency/links.ts'
import { leftOutWords, sendsBytes } from '#common/selection/deployable.ts'
import { formatDuration } from '#common/units.ts'
import type { Device } from '../../workbench/devices/device.ts'
import { connectDevice } from '../../workbench/devices/device.ts'
import { openKernelLink } from '../../workbench/devices/link/kernelLink.ts'
import type { NamedDevice } from '../../workbench/devices/resolveDevice.ts'
import { nameDevice } from '../../workbench/devices/resolveDevice.ts'
import { runCooperatively } from '../../workbench/experiments/cooperativeRun.ts'
import { listLinks } from '../../workbench/links/store.ts'
import { renderCooperativeTable } from '../../workbench/reports/cooperativeTable.ts'
import { cancelled } from '../cancel.ts'
import { printJson } from '../command.ts'
import { positive, positiveInteger } from '../options.ts'
import { watchJob } from '../terminal.ts'
import { candidatesOf } from './choice.ts'
import type { LiveOptions } from './live.ts'
import { runLiveOn } from './live.ts'
import { withDevice } from './session.ts'

interface Options extends LiveOptions {
  live?: boolean
  shaping: string
  server: string
  timeS: number
  minIterations: number
  rounds: number
  fresh?: boolean
}

/** `device run`: real cooperative inference. */
export function addDeviceRun(device: Command): void {
  device
    .command('run')
    .description(
      'Real cooperative inference: the device runs heads and sends features, the server finishes and answers.',
    )
    .argument('<device>', 'name or address')
    .requiredOption('--run <folder>', 'a finished run: its candidates are run')
    .option('--points <names>', 'only these partition points')
    .option('--frameworks <names>', 'only candidates of these frameworks')
    .option('--server <server>', 'what the tails run on: local, ssh://user@host, or the name of a device', 'local')
    .option(
      '--link <link>',
      '3g, 4g, wifi, 1mbps, <Mbit/s>[,<rtt ms>[,<loss>%]] or a stored link: the bytes are paced to it (default: the real link, which is measured first)',
    )
    .addOption(
      new Option('--shaping <who>', 'who makes --link slow: paced sending, or the kernel (this computer only, Linux)')
        .choices(['paced', 'kernel'])
        .default('paced'),
    )
    .option('--time-s <seconds>', 'seconds per candidate', positive, 3)
    .option('--min-iterations <n>', 'at least so many inferences per candidate', positiveInteger, 12)
    .option('--rounds <n>', 'head alone, tail alone, together: so many times in turn', positiveInteger, 3)
    .option('--device-threads <n>', 'threads of one operator on the device', positiveInteger, 1)
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--fresh', 'measure again what was measured already')
    .option('--live', 'go on inferring, and select anew among deployed candidates as the measured link changes')
    .option('--where <query>', 'live: limits as in splitbench select')
    .option('--objective <name>', 'live: what is to be best', 'latency')
    .option('--for <seconds>', 'live: how long it goes on', positive, 30)
    .option('--turn-s <seconds>', 'live: from one look at the link to the next', positive, 1)
    .option(
      '--change <link@s>',
      'live: --link becomes this one after so many seconds; may be repeated',
      (text: string, before: string[]) => [...before, text],
      [] as string[],
    )
    .option('--allow-emulated', 'live: let times of an emulated device select')
    .option('--json', 'print one JSON document on stdout')
    .action(run)
}

async function run(text: string, options: Options): Promise<void> {
  const named = nameDevice(text)
  const serverNamed = nameDevice(options.server)
  const shape = options.link === undefined ? null : parseLink(options.link, listLinks())
  const choice = candidatesOf(options.run, options.points)
  const frameworks = options.frameworks === undefined ? null : parseFrameworks(options.frameworks)
  const candidates = choice.candidates.filter(({ framework }) => frameworks?.includes(framework) ?? true)
  if (options.live) return runLiveOn(named, serverNamed, { ...choice, candidates }, options)
  const leftOut = leftOutWords(candidates)
  if (leftOut) process.stderr.write(`warn: ${leftOut}\n`)
  const rule = {
    seconds: options.timeS,
    minIterations: options.minIterations,
    rounds: options.rounds,
    threads: options.deviceThreads,
  }
  const { acceptNewHostKey = false } = options
  const inferred = (device: Device, server: Device, show: (progress: Progress) => void, kernel?: string) =>
    runCooperatively({
      ...{ folder: choice.folder, comparison: choice.comparison, device, server, rule, kernel },
      candidates: candidates.filter(sendsBytes),
      shape: kernel ? null : shape,
      fresh: options.fresh ?? false,
      signal: cancelled,
      onProgress: show,
      onLog: (_, message) => process.stderr.write(`warn: ${message}\n`),
    })
  const { result, file } =
    options.shaping === 'kernel'
      ? await inKernelLink(shape, [named, serverNamed], inferred)
      : await withDevice(named, { acceptNewHostKey }, ({ device, show }) =>
          withDevice(serverNamed, { acceptNewHostKey, role: 'server' }, ({ device: server }) =>
            inferred(device, server, show),
          ),
        )
  if (options.json) printJson({ ...result, file })
  else
    process.stdout.write(
      `${renderCooperativeTable(result)}\n\nStored: ${file} in ${options.run}. Took ${formatDuration(result.durationS)}.\n`,
    )
}

/** Both ends on this computer, behind a loopback that the kernel makes slow. */
async function inKernelLink<T>(
  shape: Link | null,
  ends: NamedDevice[],
  use: (device: Device, server: Device, show: (progress: Progress) => void, kernel: string) => Promise<T>,
): Promise<T> {
  if (!shape || ends.some(({ address }) => address.kind !== 'local')) {
    throw new CodedError(
      'bad-usage',
      '--shaping kernel needs --link, and device and server on this computer.',
      'Leave it out: paced sending works with every device.',
    )
  }
  const link = await openKernelLink(shape)
  const view = watchJob()
  try {
    const device = await connectDevice(link.device)
    try {
      const server = await connectDevice(link.server)
      try {
        const show = (progress: Progress): void =>
          view.show({ kind: 'progress', at: new Date().toISOString(), progress })
        return await use(device, server, show, `${describeLink(shape)} by kernel traffic control (${link.discipline})`)
      } finally {
        await server.close()
      }
    } finally {
      await device.close()
    }
  } finally {
    view.close()
    await link.close()
  }
}
