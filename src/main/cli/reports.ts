import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ReportFormat } from '#common/contract/reports.ts'
import { reportFormats } from '#common/contract/reports.ts'
import { CodedError } from '#common/errors.ts'
import { writeFileAtomic } from '../../system/atomic.ts'
import { runsFolderOf } from '../workbench/desktop/lock.ts'
import { buildReport } from '../workbench/reports/many/build.ts'
import { printWithChromium } from '../workbench/reports/many/pdf.ts'
import { readRecord } from '../workbench/store/runFolder.ts'
import { cancelled } from './cancel.ts'

interface Options {
  format: string
  title: string
  note: string
  out?: string
}

/** `splitbench reports`: several comparisons and device timings of this workspace in one document. */
export function addReports(program: Command): void {
  program
    .command('reports')
    .description('Write one report on several finished comparisons and device timings of this workspace.')
    .argument('<runs...>', 'names of runs below splitbench-runs; gains refer to the first comparison')
    .option('--format <name>', reportFormats.join(', '), 'html')
    .option('--title <text>', 'title of the report', 'Comparison of runs')
    .option('--note <text>', 'a paragraph below the title', '')
    .option('--out <file>', 'where to write it (default: named after the title, in the current folder)')
    .action(async (names: string[], { format, title, note, out }: Options) => {
      if (!(reportFormats as readonly string[]).includes(format)) {
        throw new CodedError('unknown-name', `Unknown format "${format}".`, `Formats: ${reportFormats.join(', ')}.`)
      }
      const runsFolder = runsFolderOf(process.cwd())
      const verbs = names.map((name) => readRecord(join(runsFolder, name))?.verb)
      const pick = (verb: string): string[] => names.filter((_, index) => verbs[index] === verb)
      const other = names.find((_, index) => verbs[index] !== 'compare' && verbs[index] !== 'device time')
      if (other !== undefined) {
        throw new CodedError(
          'unknown-name',
          `"${other}" is no finished comparison and no timing of this workspace.`,
          `Names are those of the folders in ${relative(process.cwd(), runsFolder)}.`,
        )
      }
      const report = { title, note, runs: pick('compare'), timings: pick('device time') }
      const built = await buildReport(runsFolder, report, format as ReportFormat, printWithChromium, cancelled)
      const file = resolve(out ?? built.name)
      if (out === undefined && existsSync(file)) {
        throw new CodedError('bad-output', `${built.name} is there already.`, 'Name another file with --out.')
      }
      await writeFileAtomic(file, built.content)
      process.stdout.write(`${relative(process.cwd(), file)}\n`)
    })
}
