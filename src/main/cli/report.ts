import { join, relative } from 'node:path'
import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { shi2019Table } from '../workbench/reports/shi2019Table.ts'
import { renderTable } from '../workbench/reports/table.ts'
import { writeReports } from '../workbench/reports/write.ts'
import { printJson } from './command.ts'
import { readComparison } from './storedComparison.ts'

interface Options {
  table?: string
  write?: boolean
  json?: boolean
}

const tables = ['shi-2019']

export function addReport(program: Command): void {
  program
    .command('report')
    .description(
      'Print the table of a finished comparison, or its ratios beside published ones; --write renders its report anew.',
    )
    .argument('<run>', 'folder of a finished run, or its comparison.json')
    .option('--table <name>', `published figures beside the reached ones: ${tables.join(', ')}`)
    .option('--write', 'write report.html, report.csv and comparison.json again')
    .option('--json', 'print one JSON document on stdout')
    .action(async (run: string, { table, write, json }: Options) => {
      const { comparison, folder } = readComparison(run)
      if (table !== undefined && !tables.includes(table)) {
        throw new CodedError('unknown-name', `Unknown table "${table}".`, `Tables: ${tables.join(', ')}.`)
      }
      if (write) await writeReports(folder, comparison)
      if (table) {
        const { text, ...document } = shi2019Table(comparison)
        if (json) printJson({ protocol: 1, ...document })
        else process.stdout.write(`${text}\n`)
      } else if (json) printJson(comparison)
      else
        process.stdout.write(
          `${renderTable(comparison)}\n\nReport: ${join(relative(process.cwd(), folder) || '.', comparison.report.html)}\n`,
        )
    })
}
