import { open, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { CodedError } from '#common/errors.ts'
import type { RawModel } from '#common/formats/onnx/split/raw.ts'
import { readRawModel } from '#common/formats/onnx/split/raw.ts'
import { formatBytes } from '#common/units.ts'

/** A protobuf message cannot be larger, and a head or a tail is one. */
const largestBytes = 2 ** 31 - 1

export interface ModelFile {
  model: RawModel
  /** Data of constants that lie in files beside the model, by the constant's name. */
  inline: Map<string, Uint8Array>
  bytes: number
}

/** Reads an ONNX file and what belongs to it. Throws `bad-data` or `bad-network`. */
export async function readModelFile(path: string): Promise<ModelFile> {
  const { size } = await stat(path)
  if (size > largestBytes) throw tooLarge(path, size)
  const model = readRawModel(await readFile(path))
  const inline = new Map<string, Uint8Array>()
  let bytes = size
  for (const { name, external } of model.constants.values()) {
    if (!external) continue
    const data = await readExternal(path, external)
    bytes += data.length
    if (bytes > largestBytes) throw tooLarge(path, bytes)
    inline.set(name, data)
  }
  return { model, inline, bytes }
}

const tooLarge = (path: string, bytes: number): CodedError =>
  new CodedError(
    'bad-network',
    `${path} has ${formatBytes(bytes)} with its weights; a head or a tail as one ONNX file can have 2.1 GB at most.`,
    'Profile a smaller network, or one with weights of half the precision.',
  )

/** One constant's data. Paths that lead out of the model's folder are refused: the file may come from anywhere. */
async function readExternal(
  path: string,
  { location, offset, length }: { location: string; offset: number; length: number | null },
): Promise<Uint8Array> {
  const folder = await realpath(dirname(path))
  const file = await realpath(join(folder, location)).catch(() => {
    throw new CodedError(
      'bad-data',
      `The model's weights lie in a file of their own, "${location}", which is not beside ${path}.`,
      `Put "${location}" into the same folder, or export the model as one file (torch.onnx.export(…, external_data=False)).`,
    )
  })
  const inside = relative(folder, file)
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new CodedError(
      'bad-data',
      `The model names weights outside of its folder ("${location}"), which are not read.`,
    )
  }
  const handle = await open(file)
  try {
    const size = length ?? (await handle.stat()).size - offset
    if (!(size >= 0 && size <= largestBytes && offset >= 0)) throw damaged(location)
    const data = new Uint8Array(size)
    const { bytesRead } = await handle.read(data, 0, size, offset)
    if (bytesRead !== size) throw damaged(location)
    return data
  } finally {
    await handle.close()
  }
}

const damaged = (location: string): CodedError =>
  new CodedError('bad-data', `"${location}" is shorter than the model says: it is damaged or of another model.`)
