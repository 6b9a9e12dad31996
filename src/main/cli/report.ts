import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { shi2019Table } from '../workbench/reports/shi2019Table.ts'
import { renderTable } from '../workbench/reports/table.ts'
import { writeReports } from '../workbench/reports/write.ts'
import { printJson } from './command.ts'

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

function readComparison(run: string): { comparison: Comparison; folder: string } {
  const path = resolve(run)
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'comparison.json') : path
  if (!existsSync(file)) {
    throw new CodedError(
      'bad-data',
      `${run} holds no finished comparison.`,
      'Name the folder that `splitbench compare` printed.',
    )
  }
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError(
      'bad-data',
      `${file} is not readable as JSON: it is damaged or cut short.`,
      'Run the comparison again.',
    )
  }
  const parsed = comparisonSchema.safeParse(document)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new CodedError(
      'bad-data',
      `${file} is not a comparison of this version (${issue?.path.join('.')}: ${issue?.message}).`,
      'Run the comparison again.',
    )
  }
  return { comparison: parsed.data, folder: dirname(file) }
}
