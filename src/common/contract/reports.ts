import { z } from 'zod'

/** A report on several finished runs: comparisons, and timings of heads on devices. */

export const reportFormats = ['html', 'pdf', 'csv', 'json', 'latex'] as const
export type ReportFormat = (typeof reportFormats)[number]

export const manyReportSchema = z.object({
  title: z.string().trim().min(1).max(200),
  /** A paragraph of the user's own below the title; empty: none. */
  note: z.string().max(4000),
  /** Finished comparisons, the baseline first: deltas refer to it. */
  runs: z.array(z.string()).max(50),
  /** Timings of heads on devices. */
  timings: z.array(z.string()).max(50),
})
export type ManyReport = z.infer<typeof manyReportSchema>

export const reportRequests = {
  /** `base64` where the file is not text. Fails with `component-missing` for a PDF where there is no Chromium. */
  'reports.build': {
    params: z.object({ report: manyReportSchema, format: z.enum(reportFormats) }),
    result: z.object({ name: z.string(), type: z.string(), text: z.string(), base64: z.boolean() }),
  },
} as const
