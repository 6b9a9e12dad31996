import { z } from 'zod'
import { operatorNames } from '../experiment/preprocessing.ts'
import { preprocessingSchema } from './preprocessing.ts'

const count = z.number().int().positive()

/** What a form asks for; null: what the terminal does by itself. */
export const preprocessFormSchema = z.object({
  /** digits, or a folder with IDX files on the desktop process' computer. */
  data: z.string().min(1),
  operators: z.array(z.enum(operatorNames)).min(1),
  /** Training images. */
  images: z.array(count).min(1),
  testImages: count,
  /** How many, from `seed` on. */
  seeds: count.max(20),
  seed: z.number().int().min(0).max(0xffff_ffff),
  epochs: count,
  batchSize: count,
  threads: count.nullable(),
})
export type PreprocessForm = z.infer<typeof preprocessFormSchema>

export const preprocessRequests = {
  /** How many trainings and about how many seconds; nothing runs. */
  'preprocess.plan': {
    params: z.object({ form: preprocessFormSchema }),
    result: z.object({ trainings: z.number().int(), seconds: z.number() }),
  },
  'preprocess.start': {
    params: z.object({ form: preprocessFormSchema, fresh: z.boolean() }),
    result: z.object({ job: z.string() }),
  },
  'preprocess.get': { params: z.object({ run: z.string() }), result: z.object({ result: preprocessingSchema }) },
} as const
