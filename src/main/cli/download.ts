import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import { datasets } from '../workbench/datasets/catalogue.ts'
import { downloadDataset } from '../workbench/datasets/download.ts'
import { datasetCache } from '../workbench/datasets/locate.ts'
import { cancelled } from './cancel.ts'
import { printJson } from './command.ts'
import { watchJob } from './terminal.ts'

export function addDownload(program: Command): void {
  program
    .command('download')
    .description('Download a data set from its authors, checked by its checksum; continues a broken download.')
    .argument('<name>', Object.keys(datasets).join(' or '))
    .option('--base-url <url>', 'a mirror of the archive')
    .option('--json', 'print one JSON document on stdout')
    .action(async (name: string, { baseUrl, json }: { baseUrl?: string; json?: boolean }) => {
      if (!Object.hasOwn(datasets, name)) {
        throw new CodedError(
          'unknown-name',
          `Unknown data set "${name}".`,
          `Data sets: ${Object.keys(datasets).join(', ')}.`,
        )
      }
      const view = watchJob()
      const began = performance.now()
      const folder = await downloadDataset(name as keyof typeof datasets, datasetCache(), {
        signal: cancelled,
        ...(baseUrl ? { baseUrl } : {}),
        onProgress(done, total) {
          const rate = done / ((performance.now() - began) / 1000)
          const progress = {
            phase: 'download',
            title: `Downloading ${name}: ${formatBytes(done)}${total === null ? '' : ` of ${formatBytes(total)}`} at ${formatBytes(rate)}/s`,
            unit: '',
            done,
            total: total ?? done,
            share: total === null ? undefined : done / total,
            etaS: total === null ? null : (total - done) / rate,
          }
          view.show({ kind: 'progress', at: '', progress })
        },
      }).finally(view.close)
      if (json) printJson({ protocol: 1, name, folder })
      else process.stdout.write(`${name} is in ${folder}; use it with --data ${name}.\n`)
    })
}
