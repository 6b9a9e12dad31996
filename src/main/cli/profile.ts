import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import { modelProfileSchema } from '#common/contract/modelProfile.ts'
import { formatDuration } from '#common/units.ts'
import { resolveProfile } from '../workbench/experiments/profile/profileConfig.ts'
import { profileModel } from '../workbench/experiments/profile/profileModel.ts'
import { renderProfileTable } from '../workbench/reports/profile/table.ts'
import { AlreadyFinished } from '../workbench/store/runFolder.ts'
import { askOnTerminal } from './ask.ts'
import { cancelled } from './cancel.ts'
import { commandLine, printJson } from './command.ts'
import { positive, positiveInteger, seedNumber } from './options.ts'
import { watchJob } from './terminal.ts'

interface Options {
  device: string
  server: string
  link: string
  input?: string
  size?: number
  output?: string
  points: string
  threads: number
  timeS?: number
  seed: number
  acceptNewHostKey?: boolean
  out?: string
  fresh?: boolean
  json?: boolean
}

export function addProfile(program: Command): void {
  program
    .command('profile')
    .description(
      'Profile your model: any ONNX file, cut at its partition points and timed on the device and the server; the best cut per link. No data, no training.',
    )
    .argument('<model.onnx>', 'an ONNX file with one image (or other float32 or uint8) input')
    .option(
      '--device <device>',
      'what the heads run on: local, ssh://user@host, serial:PATH, simulated[:profile], or the name of a device',
      'local',
    )
    .option('--server <server>', 'what the tails run on: local, ssh://user@host, or the name of a device', 'local')
    .option(
      '--link <link>',
      '3g, 4g, wifi, 1mbps, <Mbit/s>[,<rtt ms>], or a stored link (splitbench link list)',
      'wifi',
    )
    .option('--input <extents>', 'shape of the input where the file leaves it open, e.g. 1,3,224,224')
    .option('--size <pixels>', 'height and width of the image where only these are open', positiveInteger)
    .option('--output <name>', 'the output that counts, where the model has several')
    .option('--points <names>', 'useful, all, or names of partition points separated by commas', 'useful')
    .option('--threads <n>', 'threads of ONNX Runtime on the device and the server', positiveInteger, 1)
    .option('--time-s <seconds>', 'seconds that each head and tail is timed (default: about a minute in all)', positive)
    .option('--seed <n>', 'seed of the inputs and of the order of timing', seedNumber, 1)
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--out <folder>', 'folder of the finished run (default: ./splitbench-runs/<run id>)')
    .option('--fresh', 'run again where the same profile is finished already')
    .option('--json', 'print the profile as one JSON document on stdout')
    .action(run)
}

async function run(model: string, options: Options): Promise<void> {
  const config = await resolveProfile({ ...options, model }, process.cwd())
  const view = watchJob()
  try {
    const { profile, folder } = await profileModel({
      config,
      command: commandLine(),
      out: options.out,
      fresh: options.fresh ?? false,
      cwd: process.cwd(),
      signal: cancelled,
      watch: view.show,
      acceptNewHostKey: options.acceptNewHostKey ?? false,
      ask: (question, signal) => {
        view.close()
        return askOnTerminal(question, signal)
      },
    })
    view.close()
    print(profile, folder, options.json)
  } catch (error) {
    view.close()
    if (!(error instanceof AlreadyFinished)) throw error
    process.stderr.write('This profile is finished already; --fresh runs it again.\n')
    print(stored(error.folder), error.folder, options.json)
  }
}

const stored = (folder: string): ModelProfile =>
  modelProfileSchema.parse(JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')))

function print(profile: ModelProfile, folder: string, json: boolean | undefined): void {
  const place = relative(process.cwd(), folder) || '.'
  if (json) printJson({ ...profile, folder })
  else {
    process.stdout.write(
      `${renderProfileTable(profile)}\n\nReport: ${join(place, profile.report.html)}\nTook ${formatDuration(profile.run.durationS)}.\n`,
    )
  }
}
