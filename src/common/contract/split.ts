import { z } from 'zod'

const randomChannels = [
  z.object({ kind: z.literal('awgn'), sigma: z.number().nonnegative() }),
  z.object({ kind: z.literal('erasure'), probability: z.number().min(0).max(1) }),
] as const
/** A link that may change what crosses it (common/wire/channel.ts). */
export const channelSchema = z.discriminatedUnion('kind', [z.object({ kind: z.literal('ideal') }), ...randomChannels])
export const randomChannelSchema = z.discriminatedUnion('kind', randomChannels)

/** split.json: how the features of a candidate become bytes and back (protocol.md "A candidate on disk"). */
export const splitSchema = z.object({
  protocol: z.literal(1),
  framework: z.string(),
  partitionPoint: z.string(),
  /** What the head is given; absent: `image`, uint8 [N,3,H,W]. */
  input: z.object({ name: z.string(), type: z.enum(['uint8', 'float32']) }).optional(),
  /** What the head hands to the byte codec. */
  features: z.object({
    type: z.enum(['uint8', 'uint16', 'float32']),
    /** Per image, NCHW: [C, H, W], or [C] after the classifier; whatever a foreign network has there. */
    shape: z.array(z.number().int().positive()).max(7),
    /** value = code · scale + offset; null where the features are float32 or the image itself. */
    scale: z.number().nullable(),
    offset: z.number().nullable(),
    /** Codes that number the words of vectors: how far apart two of them are says nothing. */
    unordered: z.boolean().optional(),
  }),
  /** How the head computes its features; absent: in float32, or by looking up. */
  head: z.literal('int8').optional(),
  bits: z.number().int().min(1).max(32),
  /** "dense": codes packed LSB first without gaps; "raw": element bytes, little endian. */
  packing: z.enum(['raw', 'dense']),
  /**
   * What image coders take. "grid": the maps side by side in one grey image, ⌈√C⌉ per row; "colour": of an RGB image luma,
   * and chroma at half size below it (wire/colour.ts).
   */
  tiling: z.enum(['none', 'grid', 'colour']),
  /** Over the packed bytes (deflate, brotli, zstd), the codes (range), the grey image (png, jpeg) or the colour image (webp). */
  compressor: z.enum(['none', 'deflate', 'brotli', 'zstd', 'range', 'png', 'jpeg', 'webp']),
  /** Of JPEG and WebP, 1…100. */
  quality: z.number().int().min(1).max(100).nullable().optional(),
  /** Of the range coder: its first probabilities as hexadecimal bytes (wire/rangeCoder.ts). */
  prior: z
    .string()
    .regex(/^([0-9a-f]{2})*$/)
    .max(2 ** 12)
    .nullable()
    .optional(),
  lossy: z.boolean(),
  /** What evaluation and training put between the two sides; a real link delivers every bit. */
  channel: channelSchema,
  /** Bytes before every payload. */
  header: z.number().int(),
  mean: z.array(z.number()),
  std: z.array(z.number()),
  classes: z.number().int(),
})
export type Split = z.infer<typeof splitSchema>
