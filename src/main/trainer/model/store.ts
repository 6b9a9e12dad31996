import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CodedError } from '#common/errors.ts'
import type { SafeTensor } from '#common/formats/safetensors.ts'
import { decodeSafetensors, encodeSafetensors } from '#common/formats/safetensors.ts'
import type { Network } from '#common/network/graph.ts'
import { parseNetwork } from '#common/network/networkFile.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { allWeightShapes, assertWeightsFit } from '#common/network/weights.ts'
import { writeFolderAtomic } from '../../../system/atomic.ts'
import { makeFolder } from '../../../system/makeFolder.ts'

const networkFile = 'network.json'
const weightsFile = 'weights.safetensors'

/** Further files of a model folder, by name. */
export type ExtraFiles = Record<string, Uint8Array | string>

/**
 * Writes a model folder: `network.json` and `weights.safetensors`, complete or not at all; a folder that is there is
 * replaced, missing parents are made.
 */
export async function saveModel(folder: string, model: Model, extra: ExtraFiles = {}): Promise<void> {
  const files: ExtraFiles = {
    [networkFile]: `${JSON.stringify({ protocol: 1, ...model.network }, null, 1)}\n`,
    [weightsFile]: encodeWeights(model.network, model.weights),
    ...extra,
  }
  makeFolder(dirname(resolve(folder)))
  await writeFolderAtomic(folder, async (temp) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(temp, name), content)
  })
}

/** Reads a model folder. @throws CodedError `bad-network` where it is not there, damaged, or its parts do not fit. */
export async function loadModel(folder: string): Promise<Model> {
  const network = await readPart(folder, networkFile, (bytes) => parseNetwork(new TextDecoder().decode(bytes)))
  const weights = await readPart(folder, weightsFile, decodeWeights)
  const model = { network, weights }
  try {
    assertWeightsFit(model)
  } catch (error) {
    throw damaged(folder, weightsFile, error)
  }
  return model
}

/** Tensors of a network (weights, or momentum buffers) as safetensors. */
export function encodeWeights(network: Network, weights: ReadonlyMap<string, Float32Array>): Uint8Array {
  const shapes = allWeightShapes(network)
  const tensors = new Map<string, SafeTensor>()
  for (const [name, data] of weights) tensors.set(name, { shape: shapes.get(name)!, data })
  return encodeSafetensors(tensors)
}

export function decodeWeights(bytes: Uint8Array): Weights {
  const weights: Weights = new Map()
  for (const [name, { data }] of decodeSafetensors(bytes).tensors) {
    if (!(data instanceof Float32Array)) throw new Error(`"${name}" is not float32`)
    weights.set(name, data)
  }
  return weights
}

/** Runs `read` on a file of a model folder; whatever is wrong with it becomes a `bad-network` that names it. */
export async function readPart<T>(folder: string, name: string, read: (bytes: Uint8Array) => T): Promise<T> {
  try {
    return read(await readFile(join(folder, name)))
  } catch (error) {
    throw damaged(folder, name, error)
  }
}

function damaged(folder: string, name: string, error: unknown): CodedError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
  const reason = missing ? 'is missing' : `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  return new CodedError(
    'bad-network',
    `${folder} is not a whole model: ${name} ${reason.replace(/\.$/, '')}.`,
    'Name a folder that `splitbench train` or `splitbench prune` wrote.',
  )
}

/** sha256 over names, shapes and bytes of all weights in network order, hexadecimal: equal hash, equal weights. */
export function weightsHash({ network, weights }: Model): string {
  const hash = createHash('sha256')
  for (const [name, shape] of allWeightShapes(network)) {
    const { buffer, byteOffset, byteLength } = weights.get(name)!
    hash.update(`${name}[${shape.join(',')}]`).update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  return hash.digest('hex')
}
