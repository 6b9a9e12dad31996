import { statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { formatBytes, formatDuration } from '#common/units.ts'
import { nameDevice } from '../../workbench/devices/resolveDevice.ts'
import { onlyCandidates } from '../../workbench/experiments/deviceHeads.ts'
import { cancelled } from '../cancel.ts'
import { printJson } from '../command.ts'
import { candidatesOf, existingFiles } from './choice.ts'
import { withDevice } from './session.ts'

interface Options {
  run?: string
  points?: string
  candidates?: string
  acceptNewHostKey?: boolean
  json?: boolean
}

/** `device push`. */
export function addFileVerbs(device: Command): void {
  device
    .command('push')
    .description('Bring files to a device, checked by their hash there; what it has already is not sent again.')
    .argument('<device>', 'name or address')
    .argument('[files...]', 'files')
    .option('--run <folder>', 'the heads and check data of a finished run')
    .option('--points <names>', 'only these partition points of the run')
    .option('--candidates <ids>', 'only these candidates of the run')
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--json', 'print one JSON document on stdout')
    .action(async (text: string, files: string[], options: Options) => {
      const named = nameDevice(text)
      const paths = wanted(files, options)
      const outcome = await withDevice(named, options, async ({ device, show }) => {
        const began = performance.now()
        let sent = 0
        const hashes = await device.pushFiles(
          paths,
          ({ done, total, bytesPerSecond, etaS, path }) => {
            sent = done
            const rate = bytesPerSecond ? ` at ${formatBytes(bytesPerSecond)}/s` : ''
            show({
              phase: 'push',
              title: `Sending ${relative(process.cwd(), path)}: ${formatBytes(done)} of ${formatBytes(total)}${rate}`,
              unit: '',
              done,
              total,
              share: total > 0 ? done / total : 1,
              etaS,
            })
          },
          cancelled,
        )
        return { hashes, sent, seconds: (performance.now() - began) / 1000 }
      })
      report(named.name, outcome, options)
    })
}

function wanted(files: string[], { run, points, candidates }: Options): string[] {
  if (run === undefined && (points ?? candidates) !== undefined) {
    throw new CodedError(
      'bad-usage',
      `--${points === undefined ? 'candidates' : 'points'} needs --run.`,
      'Name the folder of a finished run with --run.',
    )
  }
  const chosen = run === undefined ? undefined : candidatesOf(run, points)
  const ids = candidates?.split(',').map((id) => id.trim())
  const ofRun =
    chosen &&
    onlyCandidates({ ...chosen.comparison, candidates: chosen.candidates }, ids).candidates.flatMap(
      ({ files: { head, check } }) => [join(chosen.folder, head), join(chosen.folder, check)],
    )
  const paths = existingFiles([...new Set([...files, ...(ofRun ?? [])])])
  if (paths.length === 0) {
    throw new CodedError('bad-usage', 'Nothing to push.', 'Name files, or a finished run with --run FOLDER.')
  }
  return paths
}

function report(
  name: string,
  { hashes, sent, seconds }: { hashes: Map<string, string>; sent: number; seconds: number },
  { json }: Options,
): void {
  const files = [...hashes].map(([path, hash]) => ({
    path: relative(process.cwd(), path),
    hash,
    bytes: statSync(path).size,
  }))
  if (json) {
    printJson({ protocol: 1, device: name, files, sentBytes: sent, seconds })
    return
  }
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const already = total - sent > 0 ? ` (${formatBytes(total - sent)} were there already)` : ''
  process.stdout.write(
    `${files.length} ${files.length === 1 ? 'file is' : 'files are'} on ${name}: ${formatBytes(sent)} sent in ${formatDuration(seconds)}${already}; hashes checked there.\n`,
  )
}
