import { CodedError } from '#common/errors.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Session, TensorData } from '../../../system/onnxruntime.ts'
import { createSession, runSession } from '../../../system/onnxruntime.ts'
import { doctorPlace } from '../../../system/setUp.ts'
import { countOnnx } from '../onnx/cost.ts'
import type { CheckData } from './checkData.ts'

/** protocol.md "A candidate on disk". */
const floatTolerance = 1e-4
const codeShare = 0.001
/** Of the root mean square, between an int8 head's integer kernels and the same file computed in floats. */
const int8Tolerance = 0.1

type SessionOptions = Parameters<typeof createSession>[1]

export interface Sides {
  head: Session
  tail: Session
}

/**
 * Opens both files in ONNX Runtime, with its optimisation off and on, and compares each with the trainer's numbers:
 * codes at most one level apart (words of vectors: whatever apart) in at most 0.1 % of the elements (one element of a
 * small tensor), floats within
 * 1e-4 × max(1, largest value): below that float32 itself ends. The multiply-accumulates counted from the files must be
 * those of the partition point. Returns the optimised sessions. Throws `check-failed` with what differs and by how much.
 *
 * `int8`: the head's numbers are those of the integer kernels, which optimisation brings; without it ONNX Runtime computes
 * the file in floats, where a sum of two maps is rounded otherwise. That is to be near, in the root mean square.
 */
export async function accept(
  files: { head: Uint8Array; tail: Uint8Array },
  check: CheckData,
  point: PartitionPoint,
  threads: number,
  int8 = false,
): Promise<Sides> {
  assertMacs('head', files.head, point.headMacs, point)
  assertMacs('tail', files.tail, point.tailMacs, point)
  await close(await openChecked(files, check, point, { threads, optimisation: 'off', spinning: false }, int8))
  return openChecked(files, check, point, { threads, optimisation: 'on', spinning: false })
}

async function openChecked(
  files: { head: Uint8Array; tail: Uint8Array },
  check: CheckData,
  point: PartitionPoint,
  options: SessionOptions,
  nearly = false,
): Promise<Sides> {
  const sides = await open(files, options, point)
  try {
    const head = await runSession(sides.head, check.images, check.imageShape)
    if (nearly) assertNear(head.data, check.features, point)
    else {
      const what = `head, optimisation ${options.optimisation}`
      assertAgrees(what, head.data, check.features, point, check.unordered)
    }
    const tail = await runSession(sides.tail, check.features, check.featureShape)
    assertAgrees(`tail, optimisation ${options.optimisation}`, tail.data, check.logits, point)
    return sides
  } catch (error) {
    await close(sides)
    throw error
  }
}

export async function close({ head, tail }: Sides): Promise<void> {
  await head.session.release()
  await tail.session.release()
}

async function open(
  files: { head: Uint8Array; tail: Uint8Array },
  options: SessionOptions,
  point: PartitionPoint,
): Promise<Sides> {
  const session = (file: Uint8Array): Promise<Session> =>
    createSession(file, options).catch((error: Error) => {
      throw error instanceof CodedError ? error : refused(point, `ONNX Runtime does not load it: ${error.message}`)
    })
  const head = await session(files.head)
  try {
    return { head, tail: await session(files.tail) }
  } catch (error) {
    await head.session.release()
    throw error
  }
}

function assertMacs(side: string, file: Uint8Array, expected: number, point: PartitionPoint): void {
  const { macs } = countOnnx(file)
  if (macs !== expected) throw refused(point, `its ${side} has ${macs} multiply-accumulates, the network ${expected}`)
}

function assertAgrees(
  what: string,
  actual: TensorData,
  expected: CheckData['features'],
  point: PartitionPoint,
  unordered = false,
): void {
  if (actual.length !== expected.length || actual.constructor !== expected.constructor) {
    throw refused(point, `${what}: ${describe(actual)} instead of ${describe(expected)}`)
  }
  const { largest, different, scale } = difference(actual, expected)
  if (expected instanceof Float32Array) {
    const allowed = floatTolerance * Math.max(1, scale)
    // Written so that NaN does not pass.
    if (!(largest <= allowed)) throw refused(point, `${what}: off by ${largest}, allowed are ${allowed}`)
    return
  }
  const allowed = Math.max(1, Math.floor(codeShare * expected.length))
  if ((largest > 1 && !unordered) || different > allowed) {
    throw refused(point, `${what}: ${different} of ${expected.length} codes differ, by up to ${largest} levels`)
  }
}

function assertNear(actual: TensorData, expected: CheckData['features'], point: PartitionPoint): void {
  const error = rootMeanSquareError(actual, expected)
  if (!(error <= int8Tolerance)) {
    throw refused(point, `its int8 head, computed in floats, is off by ${error} of the features' root mean square`)
  }
}

/** Of `actual`, as a share of the root mean square of `expected`. */
export function rootMeanSquareError(actual: TensorData, expected: TensorData): number {
  let [error, power] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2
    power += expected[i]! ** 2
  }
  return Math.sqrt(error / (power || 1))
}

function difference(actual: TensorData, expected: CheckData['features']) {
  let largest = 0
  let different = 0
  let scale = 0
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i] - expected[i])
    // The maximum of NaN and anything is NaN: it stays.
    largest = Math.max(largest, distance)
    if (distance !== 0) different += 1
    scale = Math.max(scale, Math.abs(expected[i]))
  }
  return { largest, different, scale }
}

const describe = (data: TensorData): string => `${data.length} × ${data.constructor.name}`

const refused = (point: PartitionPoint, reason: string): CodedError =>
  new CodedError(
    'check-failed',
    `The exported candidate at ${point.name} does not compute what the trainer computes (${reason}).`,
    `Nothing of it was kept. Please report it with the command and the versions that ${doctorPlace()} shows.`,
  )
