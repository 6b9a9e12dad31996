import { CodedError } from '#common/errors.ts'
import type { Imported } from '#common/formats/onnx/import/index.ts'
import { random } from '#common/random.ts'
import type { Session, TensorData } from '../../../system/onnxruntime.ts'
import { createSession, runSession } from '../../../system/onnxruntime.ts'

/** Largest difference over the largest output (protocol.md "A candidate on disk"). */
const allowed = 1e-4
const images = { most: 8, least: 2 } as const
/** Pixels of all of them, batches included: large images are compared fewer times, it would take minutes. */
const mostPixels = 2 ** 22

export interface Agreement {
  images: number
  largest: number
  relative: number
  allowed: number
  /** The original gives the same for all images: that the two agree says little. */
  isConstant: boolean
}

/**
 * Runs the original file and ours in ONNX Runtime on eight random images (fewer where they are large), without
 * optimisation, and compares what comes out. Throws `check-failed` where they differ by more than 1e-4 of the largest
 * output, or ONNX Runtime cannot run the original; `cancelled` between two images.
 */
export async function verify(
  path: string,
  ours: Uint8Array,
  imported: Imported,
  onImage: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Agreement> {
  const options = { threads: 2, optimisation: 'off', spinning: false } as const
  const original = await createSession(path, options).catch((error: Error) => {
    throw error instanceof CodedError
      ? error
      : refused(path, `ONNX Runtime does not load the original (${error.message})`)
  })
  try {
    const exported = await createSession(ours, options)
    try {
      return await compare(path, { ...original, output: imported.output }, exported, imported, onImage, signal)
    } finally {
      await exported.session.release()
    }
  } finally {
    await original.session.release()
  }
}

async function compare(
  path: string,
  original: Session,
  exported: Session,
  imported: Imported,
  onImage: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Agreement> {
  const { image } = imported
  const { height, width } = image.shape
  const count = imagesFor(imported)
  let [largest, scale] = [0, 0]
  let first: TensorData | undefined
  let isConstant = true
  for (let index = 0; index < count; index++) {
    onImage(index, count)
    signal.throwIfAborted()
    const pixels = randomImage(index, height, width)
    const expected = await runSession(original, feed(pixels, imported), inputShape(imported)).catch((error: Error) => {
      throw refused(path, `ONNX Runtime does not run the original (${error.message})`)
    })
    const actual = await runSession(exported, pixels, [1, 3, height, width])
    const logits = ending(actual.data as Float32Array, imported.ending)
    const classes = logits.length
    if (expected.data.length !== classes * (image.batch ?? 1)) {
      throw refused(path, `the original gives ${expected.data.length} numbers for an image, ours ${classes}`)
    }
    for (let at = 0; at < classes; at++) {
      // The maximum of NaN and anything is NaN: it stays.
      largest = Math.max(largest, Math.abs(logits[at]! - expected.data[at]!))
      scale = Math.max(scale, Math.abs(expected.data[at]!))
    }
    if (Number.isNaN(largest)) throw refused(path, 'what comes out is not a number, or not finite')
    first ??= expected.data
    isConstant &&= expected.data.every((value, at) => value === first![at])
  }
  const relative = largest === 0 ? 0 : largest / scale
  if (!(relative <= allowed)) {
    throw refused(path, `the two differ by ${relative.toExponential(1)} of the largest output, allowed are ${allowed}`)
  }
  onImage(count, count)
  return { images: count, largest, relative, allowed, isConstant }
}

const imagesFor = ({ image: { shape, batch = 1 } }: Imported): number =>
  Math.max(images.least, Math.min(images.most, Math.floor(mostPixels / (shape.height * shape.width * batch))))

/**
 * uint8 [3, height, width]: coarse patches and fine noise. Noise alone is one and the same image to the deep layers of a
 * network.
 */
function randomImage(index: number, height: number, width: number): Uint8Array {
  const rng = random(1, 'import', String(index))
  const patches = 4 + 2 * index
  const colours = Array.from({ length: 3 * patches * patches }, () => rng.below(256))
  const pixels = new Uint8Array(3 * height * width)
  for (let channel = 0; channel < 3; channel++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [y, x] = [Math.floor((row * patches) / height), Math.floor((column * patches) / width)]
        const colour = colours[(channel * patches + y) * patches + x]!
        pixels[(channel * height + row) * width + column] = Math.floor((3 * colour + rng.below(256)) / 4)
      }
    }
  }
  return pixels
}

/** As the original takes it: the batch that it wants (the same image again), its layout, its range. */
function feed(pixels: Uint8Array, { image, feed: { factor, shift } }: Imported): Float32Array | Uint8Array {
  const { layout, type, batch = 1 } = image
  const area = pixels.length / 3
  const one = type === 'uint8' ? new Uint8Array(pixels.length) : new Float32Array(pixels.length)
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < area; at++) {
      const value = pixels[channel * area + at]!
      const to = layout === 'NCHW' ? channel * area + at : at * 3 + channel
      one[to] = type === 'uint8' ? value : value * factor[channel]! + shift[channel]!
    }
  }
  const all = type === 'uint8' ? new Uint8Array(one.length * batch) : new Float32Array(one.length * batch)
  for (let index = 0; index < batch; index++) all.set(one, index * one.length)
  return all
}

function inputShape({ image: { layout, shape, batch = 1 } }: Imported): number[] {
  const { height, width } = shape
  return layout === 'NCHW' ? [batch, 3, height, width] : [batch, height, width, 3]
}

/** What the original puts behind the logits. */
function ending(logits: Float32Array, kind: Imported['ending']): Float32Array {
  if (kind === 'logits') return logits
  const top = logits.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY)
  const sum = logits.reduce((total, one) => total + Math.exp(one - top), 0)
  return logits.map((one) => (kind === 'softmax' ? Math.exp(one - top) / sum : one - top - Math.log(sum)))
}

const refused = (path: string, reason: string): CodedError =>
  new CodedError(
    'check-failed',
    `${path} was read, but the result does not compute what it computes: ${reason.replaceAll(/\s+/g, ' ')}.`,
    'Nothing was written. Please report it with the file, if you may share it.',
  )
