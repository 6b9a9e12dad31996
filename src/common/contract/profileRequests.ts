import { z } from 'zod'
import { modelProfileSchema } from './modelProfile.ts'

/** The part of the workbench's contract that is about profiles of ONNX files. */

/** What the user of a form says; null: not said. Texts as the terminal takes them. */
export const profileFormSchema = z.object({
  /** Path on the desktop process' computer, relative to the workspace or absolute. */
  model: z.string().min(1),
  input: z.string().nullable(),
  size: z.number().int().positive().nullable(),
  output: z.string().nullable(),
  points: z.string(),
  device: z.string(),
  server: z.string(),
  link: z.string(),
  threads: z.number().int().positive(),
  timeS: z.number().positive().nullable(),
})
export type ProfileForm = z.infer<typeof profileFormSchema>

/** Larger files are named by their path. */
export const maxUploadBytes = 512 * 1024 ** 2
export const uploadChunkBytes = 256 * 1024

export const profileRequests = {
  /** Queues a profile. Fails at once on bad input, as far as it can be seen without opening the model. */
  'profile.start': { params: z.object({ request: profileFormSchema }), result: z.object({ job: z.string() }) },
  'profile.get': { params: z.object({ run: z.string() }), result: z.object({ profile: modelProfileSchema }) },
  /**
   * One chunk of a model, in order from offset 0 (which starts over); the last one gives the file its name below the
   * workspace's `models` and answers with its path.
   */
  'models.upload': {
    params: z.object({
      name: z.string().max(200),
      size: z.number().int().positive().max(maxUploadBytes),
      offset: z.number().int().nonnegative(),
      data: z.instanceof(Uint8Array).refine((data) => data.length <= uploadChunkBytes),
    }),
    result: z.object({ path: z.string().nullable() }),
  },
} as const
