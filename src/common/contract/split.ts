import { z } from 'zod'

/** split.json: how the features of a candidate become bytes and back (protocol.md "A candidate on disk"). */
export const splitSchema = z.object({
  protocol: z.literal(1),
  framework: z.string(),
  partitionPoint: z.string(),
  /** What the head hands to the byte codec. */
  features: z.object({
    type: z.enum(['uint8', 'uint16', 'float32']),
    /** Per image, NCHW: [C, H, W], or [C] after the classifier. */
    shape: z.array(z.number().int().positive()).min(1).max(3),
    /** value = code · scale + offset; null where the features are float32 or the image itself. */
    scale: z.number().nullable(),
    offset: z.number().nullable(),
  }),
  bits: z.number().int().min(1).max(32),
  /** "dense": codes packed LSB first without gaps; "raw": element bytes, little endian. */
  packing: z.enum(['raw', 'dense']),
  tiling: z.enum(['none']),
  compressor: z.enum(['none']),
  lossy: z.boolean(),
  channel: z.object({ kind: z.literal('ideal') }),
  /** Bytes before every payload. */
  header: z.number().int(),
  mean: z.array(z.number()),
  std: z.array(z.number()),
  classes: z.number().int(),
})
export type Split = z.infer<typeof splitSchema>
