import { mkdir, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '#common/errors.ts'

/** As files are called everywhere, and no path. */
const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N} _.()+-]*\.onnx$/u

/**
 * Takes a model from a browser into `<workspace>/models`, chunk by chunk: a file of the name appears when it is whole and
 * replaces one of the same name. Returns its path then, before null. Throws `bad-data` for a name that is none.
 */
export async function takeUpload(
  workspace: string,
  { name, size, offset, data }: { name: string; size: number; offset: number; data: Uint8Array },
): Promise<string | null> {
  if (!namePattern.test(name)) {
    throw new CodedError('bad-data', `"${name}" is not the name of an ONNX file.`, 'Choose a file that ends in .onnx.')
  }
  const folder = join(workspace, 'models')
  await mkdir(folder, { recursive: true })
  const part = join(folder, `.${name}.part`)
  const there = offset === 0 ? 0 : ((await stat(part).catch(() => undefined))?.size ?? 0)
  if (offset !== there || offset + data.length > size) {
    throw new CodedError('bad-data', `The upload of ${name} was broken off.`, 'Choose the file again.')
  }
  const file = await open(part, offset === 0 ? 'w' : 'r+')
  try {
    await file.write(data, 0, data.length, offset)
    if (offset + data.length < size) return null
    await file.sync()
  } finally {
    await file.close()
  }
  const path = join(folder, name)
  await rename(part, path)
  return path
}
