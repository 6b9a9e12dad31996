import { CodedError } from '../errors.ts'

/** What the server sends back for one image. */
export interface Answer {
  logits: Float32Array
  /** Byte decoding and tail on the server, in ms by its own clock. */
  serverMs: number
}

/** Payload of an answer: the logits as float32, then the server's time as float64, little endian. */
export const answerBytes = (classes: number): number => 4 * classes + 8

export function encodeAnswer({ logits, serverMs }: Answer): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(answerBytes(logits.length))
  const view = new DataView(bytes.buffer)
  for (const [i, value] of logits.entries()) view.setFloat32(4 * i, value, true)
  view.setFloat64(4 * logits.length, serverMs, true)
  return bytes
}

/** Throws `protocol-violated` for another length, or for values that no tail computes and no clock shows. */
export function decodeAnswer(payload: Uint8Array, classes: number): Answer {
  if (payload.length !== answerBytes(classes)) {
    throw violated(`has ${payload.length} bytes instead of ${answerBytes(classes)}`)
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const logits = Float32Array.from({ length: classes }, (_, i) => view.getFloat32(4 * i, true))
  const serverMs = view.getFloat64(4 * classes, true)
  if (!logits.every(Number.isFinite)) throw violated('has logits that are no numbers')
  if (!(serverMs >= 0 && Number.isFinite(serverMs))) throw violated('says that the server took no possible time')
  return { logits, serverMs }
}

const violated = (what: string): CodedError => new CodedError('protocol-violated', `The server's answer ${what}.`)
