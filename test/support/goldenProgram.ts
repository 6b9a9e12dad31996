/** Prints the payloads of the golden features as hexadecimal, in order: for processors that are not this computer's. */
import { decodeFeatures, encodeFeatures } from '#common/wire/codec.ts'
import { goldenJpeg, goldens } from '../fixtures/goldenBytes.ts'

const hex = (bytes: ArrayLike<number>): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const payloads = goldens.map(({ codec, codes }) => hex(encodeFeatures(codes, codec)))
const codes = goldens.map(({ codec, payload }) => hex(decodeFeatures(payload, codec)))
const jpeg = hex(decodeFeatures(goldenJpeg.payload, goldenJpeg.codec))
process.stdout.write(`${JSON.stringify({ payloads, codes, jpeg })}\n`)
