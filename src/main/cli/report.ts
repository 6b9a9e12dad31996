import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { Comparison } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { fairTable } from '../workbench/reports/fairTable.ts'
import { orderingsTable } from '../workbench/reports/orderingsTable.ts'
import { predictionTable } from '../workbench/reports/predictionTable.ts'
import { shi2019Table } from '../workbench/reports/shi2019Table.ts'
import { renderTable } from '../workbench/reports/table.ts'
import { writeReports } from '../workbench/reports/write.ts'
import { readComparison } from '../workbench/store/storedComparison.ts'
import { printJson } from './command.ts'

interface Options {
  table?: string
  write?: boolean
  json?: boolean
}

/** What `--table` shows instead of all candidates: text for a terminal, the rest for programs. */
const tables: Readonly<Record<string, (comparison: Comparison) => { text: string }>> = {
  'shi-2019': shi2019Table,
  fair: fairTable,
  prediction: predictionTable,
  orderings: orderingsTable,
}

export function addReport(program: Command): void {
  program
    .command('report')
    .description('Print the table of a finished comparison, or another view of it; --write renders its report anew.')
    .argument('<run>', 'folder of a finished run, or its comparison.json')
    .option(
      '--table <name>',
      `shi-2019: published ratios beside the reached ones; fair: every framework's best under one bound; prediction: how far regressors are off per kind of layer; orderings: claims of papers beside what was observed`,
    )
    .option('--write', 'write report.html, report.csv and comparison.json again')
    .option('--json', 'print one JSON document on stdout')
    .action(async (run: string, { table, write, json }: Options) => {
      const { comparison, folder } = readComparison(run)
      const make = table === undefined ? undefined : Object.hasOwn(tables, table) ? tables[table] : null
      if (make === null) {
        throw new CodedError('unknown-name', `Unknown table "${table}".`, `Tables: ${Object.keys(tables).join(', ')}.`)
      }
      if (write) await writeReports(folder, comparison)
      if (make) {
        const { text, ...document } = make(comparison)
        if (json) printJson({ protocol: 1, ...document })
        else process.stdout.write(`${text}\n`)
      } else if (json) printJson(comparison)
      else
        process.stdout.write(
          `${renderTable(comparison)}\n\nReport: ${join(relative(process.cwd(), folder) || '.', comparison.report.html)}\n`,
        )
    })
}
