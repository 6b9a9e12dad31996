import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar'
import { removeStaleTemps, writeFolderAtomic } from '../../../system/atomic.ts'
import { type DatasetName, datasets, officialAddress } from './catalogue.ts'
import { type FetchOptions, failed, fetchFile } from './fetchFile.ts'

export interface DownloadOptions extends FetchOptions {
  /** Where the archive lies, ending in "/": the authors' page unless a mirror is named. */
  baseUrl?: string
}

/**
 * Downloads a data set into `cacheFolder` and returns its folder; one that is there is left as it is.
 * Throws `download-failed` (network, checksum, archive) in one line, `cancelled`, and system errors as they are.
 */
export function downloadDataset(name: DatasetName, cacheFolder: string, options: DownloadOptions): Promise<string> {
  const { archive, md5, folder } = datasets[name]
  return downloadArchive(new URL(archive, options.baseUrl ?? officialAddress).href, md5, cacheFolder, folder, options)
}

/** A .tar.gz with one folder inside, checked by its md5 and put in place by a rename: complete or absent. */
export async function downloadArchive(
  url: string,
  md5: string,
  cacheFolder: string,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const target = join(cacheFolder, folder)
  if (await isFolder(target)) return target
  await mkdir(cacheFolder, { recursive: true })
  const part = join(cacheFolder, `${folder}.tar.gz.part`)
  await fetchFile(url, part, options)
  const actual = await md5Of(part)
  if (actual !== md5) {
    await rm(part, { force: true })
    throw failed(
      url,
      `what came has the md5 ${actual} instead of ${md5}, so it is damaged or another file; it was deleted`,
      'Run the same command again; if it happens again, the server or a proxy in between changes the file.',
    )
  }
  await unpack(url, part, cacheFolder, folder)
  await rm(part, { force: true })
  return target
}

async function unpack(url: string, archive: string, cacheFolder: string, folder: string): Promise<void> {
  await removeStaleTemps(cacheFolder)
  await writeFolderAtomic(join(cacheFolder, folder), async (temporary) => {
    await extract({
      file: archive,
      cwd: temporary,
      strict: true,
      strip: 1,
      filter: (path) => path.startsWith(`${folder}/`),
    })
    if ((await readdir(temporary)).length > 0) return
    throw failed(url, `the archive holds no folder ${folder}`, 'The published archive has changed; please report it.')
  })
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
