import { z } from 'zod'

/** A link as messages found it; what its fields mean: LinkFit. Records from before rates had intervals lack two of them. */
export const measuredLinkSchema = z.object({
  rateMbps: z.number().positive(),
  rttMs: z.number().nonnegative(),
  atLeast: z.boolean().default(false),
  rate95: z.tuple([z.number().positive(), z.number().positive()]).nullable().default(null),
})
