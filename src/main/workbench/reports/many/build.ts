import type { ManyReport, ReportFormat } from '#common/contract/reports.ts'
import { CodedError } from '#common/errors.ts'
import { readComparisonOf } from '../../desktop/runs.ts'
import { readTiming } from '../../desktop/timings.ts'
import { drawManyApart } from '../apart.ts'
import { manyCsv, manyJson } from './data.ts'
import { manyLatex } from './latex.ts'
import type { Material } from './material.ts'
import type { Printer } from './pdf.ts'

export interface BuiltReport {
  /** Of the file. */
  name: string
  type: string
  content: Buffer
}

const kinds: Record<ReportFormat, { extension: string; type: string }> = {
  html: { extension: 'html', type: 'text/html' },
  pdf: { extension: 'pdf', type: 'application/pdf' },
  csv: { extension: 'csv', type: 'text/csv' },
  json: { extension: 'json', type: 'application/json' },
  latex: { extension: 'tex', type: 'application/x-tex' },
}

/**
 * A report on runs of a workspace as a file. Throws `bad-usage` where nothing is asked for, `unknown-name` or `bad-data`
 * for runs that are not there or cannot be read, and as the printer does.
 */
export async function buildReport(
  runsFolder: string,
  report: ManyReport,
  format: ReportFormat,
  printer: Printer,
  signal: AbortSignal,
): Promise<BuiltReport> {
  if (report.runs.length + report.timings.length === 0) {
    throw new CodedError('bad-usage', 'A report needs at least one run.', 'Choose comparisons or timings.')
  }
  const material: Material = {
    report,
    comparisons: report.runs.map((run) => readComparisonOf(runsFolder, run)),
    timings: report.timings.map((timing) => readTiming(runsFolder, timing)),
  }
  const { extension, type } = kinds[format]
  const name = `${
    report.title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'report'
  }.${extension}`
  return { name, type, content: await contentOf(material, format, printer, signal) }
}

async function contentOf(
  material: Material,
  format: ReportFormat,
  printer: Printer,
  signal: AbortSignal,
): Promise<Buffer> {
  switch (format) {
    case 'csv':
      return Buffer.from(manyCsv(material))
    case 'json':
      return Buffer.from(manyJson(material))
    case 'latex':
      return Buffer.from(manyLatex(material))
    case 'html':
      return Buffer.from(await drawManyApart(material))
    case 'pdf':
      return printer(await drawManyApart(material), signal)
  }
}
