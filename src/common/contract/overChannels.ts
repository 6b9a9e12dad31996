import { z } from 'zod'
import { randomChannelSchema } from './split.ts'

/** One model at channels that it was not made for: mean accuracies over `draws` on the same `images` test images. */
export const overChannelsSchema = z.object({
  images: z.number().int().positive(),
  draws: z.number().int().positive(),
  /** At the channel that it was trained for. */
  own: z.object({ channel: randomChannelSchema, accuracy: z.number() }),
  others: z.array(z.object({ channel: randomChannelSchema, accuracy: z.number() })),
})
export type OverChannels = z.infer<typeof overChannelsSchema>
