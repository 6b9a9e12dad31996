import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { CodedError } from '#common/errors.ts'
import type { ExternalData } from '#common/formats/onnx/tensor.ts'
import { unreadable } from './unreadable.ts'

/** What protocol buffers themselves allow for one message. */
const largestBytes = 2 ** 31 - 1

/** The bytes of an ONNX file. Throws `bad-data` where it cannot be read. */
export function readOnnxFile(path: string): Uint8Array {
  try {
    const { size } = statSync(path)
    if (size > largestBytes) {
      throw new CodedError(
        'bad-network',
        `${path} has ${(size / 1e9).toFixed(1)} GB; an ONNX file has at most 2.`,
        'Export it with its weights as external data.',
      )
    }
    return readFileSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/**
 * Reads weights that an ONNX file keeps outside of itself. Only from files in the folder of the ONNX file or below: a name
 * that leads elsewhere (absolute, "..", a link) is refused, since a model may come from anyone.
 */
export function externalReader(path: string): (data: ExternalData) => Uint8Array {
  return ({ location, offset, length }) => {
    const refuse = (why: string, hint: string): CodedError =>
      new CodedError('bad-network', `${path} keeps weights in "${location}", ${why}.`, hint)
    const normal = location.replaceAll('\\', '/')
    const outside = refuse(
      'which is not in its own folder',
      'Such a file is not opened. Export the model again, with its data beside it.',
    )
    if (isAbsolute(normal) || /^[a-z]+:/i.test(normal) || normal.split('/').includes('..')) throw outside
    let file: number
    try {
      const folder = realpathSync(dirname(path))
      const real = realpathSync(join(folder, normal))
      if (relative(folder, real).split(sep)[0] === '..') throw outside
      if (!statSync(real).isFile()) throw refuse('which is not a file', 'Put the data file beside the ONNX file.')
      file = openSync(real, 'r')
    } catch (error) {
      if (error instanceof CodedError) throw error
      throw refuse('which is not there or cannot be read', `Put ${basename(normal)} beside the ONNX file.`)
    }
    try {
      const { size } = fstatSync(file)
      const count = length ?? size - offset
      if (count < 0 || offset + count > size) {
        throw refuse(
          `which has ${size} bytes; bytes ${offset} to ${offset + count} are needed`,
          'The two files do not belong together, or one was not copied in full.',
        )
      }
      const bytes = new Uint8Array(count)
      let at = 0
      while (at < count) {
        const got = readSync(file, bytes, at, count - at, offset + at)
        if (got === 0) break
        at += got
      }
      return bytes
    } finally {
      closeSync(file)
    }
  }
}
