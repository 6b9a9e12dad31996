import { type Stats, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DataSource } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import { cacheFolder } from '../../../system/cacheFolder.ts'
import { unreadable } from '../../../system/unreadable.ts'
import { type DatasetName, datasets } from './catalogue.ts'

/** Where downloaded data sets lie: one copy per user, shared by all workspaces. */
export const datasetCache = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(cacheFolder(environment), 'datasets')

/**
 * What `--data` means: `synthetic`, a downloaded set by its name, or a folder, relative to the working folder (one that
 * is called like a set is given as `./cifar-10`).
 * Only looks whether it is there; the trainer recognises the layout. Throws `bad-data`.
 */
export function locateDataSource(arg: string, cache = datasetCache()): DataSource {
  if (arg === 'synthetic') return { kind: 'synthetic' }
  if (Object.hasOwn(datasets, arg)) return { kind: 'files', path: downloaded(arg as DatasetName, cache) }
  const path = resolve(arg)
  const stat = look(path)
  const choices = `Give a folder, or one of: synthetic, ${Object.keys(datasets).join(', ')}.`
  if (stat === undefined) throw new CodedError('bad-data', `${path}: there is no such folder.`, choices)
  if (!stat.isDirectory()) throw new CodedError('bad-data', `${path}: is not a folder.`, choices)
  return { kind: 'files', path }
}

function downloaded(name: DatasetName, cache: string): string {
  const path = join(cache, datasets[name].folder)
  if (look(path)?.isDirectory()) return path
  throw new CodedError(
    'bad-data',
    `${datasets[name].title} has not been downloaded: ${path} is not there.`,
    `Get it with: splitbench download ${name}`,
  )
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw unreadable(path, error)
  }
}
