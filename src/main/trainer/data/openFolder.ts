import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { unreadable } from '../../../system/unreadable.ts'
import { openCifar } from './cifar/open.ts'
import { openImageFolders } from './folders/open.ts'
import type { StoredImages } from './storedImages.ts'

const lookedFor =
  'data_batch_1.bin … with test_batch.bin (CIFAR-10), train.bin with test.bin (CIFAR-100), train/<class>/*.png|jpg with test/ or val/, or <class>/*.png|jpg'

/** Recognises a folder's layout and opens it. Throws `bad-data`, saying what was looked for, when there is none. */
export async function openFolder(folder: string, seed: number, signal: AbortSignal): Promise<StoredImages> {
  try {
    return await recognise(folder, seed, signal)
  } catch (error) {
    throw unreadable(folder, error)
  }
}

async function recognise(folder: string, seed: number, signal: AbortSignal): Promise<StoredImages> {
  const stat = statSync(folder, { throwIfNoEntry: false })
  const anotherFolder = 'Give the folder that holds the data with --data, or use --data synthetic.'
  if (stat === undefined) throw new CodedError('bad-data', `${folder}: there is no such folder.`, anotherFolder)
  if (!stat.isDirectory()) throw new CodedError('bad-data', `${folder}: is not a folder.`, anotherFolder)
  const opened = openCifar(folder) ?? (await openImageFolders(folder, seed, signal))
  if (opened !== null) return opened
  throw new CodedError(
    'bad-data',
    `${folder}: holds no data that is recognised; looked for ${lookedFor}.`,
    dataBelow(folder) ?? anotherFolder,
  )
}

/** People give the folder above the one that an archive unpacks to. */
function dataBelow(folder: string): string | undefined {
  const inner = readdirSync(folder).find((name) => name === 'cifar-10-batches-bin' || name === 'cifar-100-binary')
  return inner === undefined ? undefined : `Did you mean ${join(folder, inner)}?`
}
