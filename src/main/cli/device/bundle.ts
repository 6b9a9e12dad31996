import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import { bundleFile } from '../../workbench/devices/runtime/bundleFile.ts'
import { type BoardArch, recipes } from '../../workbench/devices/runtime/recipes.ts'
import { cancelled } from '../cancel.ts'
import { printJson } from '../command.ts'
import { watchJob } from '../terminal.ts'

interface Options {
  out: string
  arch: string
  json?: boolean
}

const kinds = Object.values(recipes).map(({ arch, title }) => `${arch} (${title})`)

/** `device bundle`: the runtime as a file, for a board that has no way in but a memory card or a serial line. */
export function addBundle(device: Command): void {
  device
    .command('bundle')
    .description('Write the runtime and the agent of a board as one file, to be taken there on a memory card.')
    .requiredOption('--out <file>', 'where to, e.g. splitbench-board.tgz')
    .option('--arch <kind>', `the board's processor: ${kinds.join(', ')}`, 'arm64')
    .option('--json', 'print one JSON document on stdout')
    .action(async ({ out, arch, json }: Options) => {
      if (!Object.hasOwn(recipes, arch)) {
        throw new CodedError(
          'bad-usage',
          `There is no runtime for "${arch}".`,
          `Choose one with --arch: ${kinds.join(', ')}.`,
        )
      }
      const path = resolve(out)
      if (!existsSync(dirname(path)) || statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        throw new CodedError('bad-output', `${out} cannot be a file there.`, 'Name a file in a folder that exists.')
      }
      const view = watchJob()
      const onProgress = (progress: Parameters<Parameters<typeof bundleFile>[2]['onProgress']>[0]): void =>
        view.show({ kind: 'progress', at: '', progress })
      const bundle = await bundleFile(arch as BoardArch, path, { onProgress, signal: cancelled }).finally(view.close)
      if (json) printJson({ protocol: 1, ...bundle })
      else {
        process.stdout.write(
          `${out}: ${bundle.title}, ${formatBytes(bundle.bytes)} (${formatBytes(bundle.unpackedBytes)} unpacked), sha256 ${bundle.sha256}.\nOn the board, as the user who will log in:\n  ${bundle.command}\n`,
        )
        for (const note of bundle.notes) process.stderr.write(`warn: ${note}\n`)
      }
    })
}
