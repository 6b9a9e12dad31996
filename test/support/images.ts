/** Writes small data sets for tests: CIFAR files with chosen labels, and PNG and JPEG images. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import encode, { init } from '@jsquash/jpeg/encode.js'
import { PNG } from 'pngjs'
import { expect, onTestFinished } from 'vitest'
import { CodedError, type ErrorCode } from '#common/errors.ts'
import { random } from '#common/random.ts'

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Asserts the code and the message of the error that `act` ends in. */
export async function expectError(act: () => unknown, code: ErrorCode, message: RegExp): Promise<CodedError> {
  let thrown: unknown
  try {
    await act()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(CodedError)
  const error = thrown as CodedError
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(error.message).not.toContain('\n')
  expect(error.hint).toBeTruthy()
  return error
}

/** Runs `act` while `folder` may not be entered, also for root, who may enter every folder. */
export async function withoutPermission(folder: string, act: () => Promise<unknown>): Promise<void> {
  const root = process.getuid?.() === 0
  chmodSync(folder, 0)
  if (root) process.seteuid?.('nobody')
  try {
    await act()
  } finally {
    if (root) process.seteuid?.(0)
    chmodSync(folder, 0o700)
  }
}

/** Records with these labels (for CIFAR-100: the bytes before the pixels) and random pixels. */
export function cifarRecords(labels: readonly (readonly number[])[], seed = 1): Uint8Array {
  const rng = random(seed, 'records')
  return Uint8Array.from(labels.flatMap((before) => [...before, ...Array.from({ length: 3072 }, () => rng.below(256))]))
}

/** `count` CIFAR-10 records with labels 0, 1, … 9, 0, …: small files fast. */
export function countingRecords(count: number, seed = 1): Uint8Array {
  const records = new Uint8Array(count * 3073)
  const rng = random(seed, 'counting')
  for (let i = 0; i < records.length; i += 7) records[i] = rng.below(256)
  for (let n = 0; n < count; n++) records[n * 3073] = n % 10
  return records
}

export function write(path: string, data: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, data)
}

/** A smooth RGBA picture, [height, width, 4]. */
export function picture(width: number, height: number, seed = 1): Uint8ClampedArray {
  const rng = random(seed, 'picture')
  const [a, b, c] = [rng.next(), rng.next(), rng.next()]
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set(
        [255 * a * (x / width), 255 * b * (y / height), 120 * c + (80 * (x + y)) / (width + height), 255],
        (y * width + x) * 4,
      )
    }
  }
  return data
}

export function png(width: number, height: number, rgba: Uint8ClampedArray = picture(width, height)): Buffer {
  const image = new PNG({ width, height })
  image.data.set(rgba)
  return PNG.sync.write(image)
}

export async function jpeg(
  width: number,
  height: number,
  rgba: Uint8ClampedArray = picture(width, height),
): Promise<Buffer> {
  const file = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm')
  await (init as (module: WebAssembly.Module) => Promise<unknown>)(await WebAssembly.compile(readFileSync(file)))
  const image = { width, height, data: rgba } as unknown as ImageData
  return Buffer.from(await encode(image, { quality: 95, chroma_subsample: 1, auto_subsample: false }))
}

export const never = new AbortController().signal
