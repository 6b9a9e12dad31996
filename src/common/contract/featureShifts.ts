import { z } from 'zod'

/** Features of one network at a partition point, summed up. */
export const featureDistributionSchema = z.object({
  mean: z.number(),
  std: z.number(),
  zeroShare: z.number(),
  /** Share of the values in each of equally wide bins over the point's range. */
  density: z.array(z.number()),
})
export type FeatureDistribution = z.infer<typeof featureDistributionSchema>

/** Features of the same images before and after pruning, at some partition points. */
export const featureShiftsSchema = z.object({
  images: z.number().int(),
  panels: z.array(
    z.object({
      point: z.string(),
      /** Least and largest value of all networks. */
      range: z.tuple([z.number(), z.number()]),
      lines: z.array(
        featureDistributionSchema.extend({
          /** "unpruned", or what pruned it. */
          network: z.string(),
          /** From the unpruned one, in its standard deviations; null: it is the unpruned one. */
          shift: z.number().nullable(),
        }),
      ),
    }),
  ),
})
export type FeatureShifts = z.infer<typeof featureShiftsSchema>
