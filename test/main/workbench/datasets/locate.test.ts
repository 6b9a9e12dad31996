import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { datasetCache, locateDataSource } from '../../../../src/main/workbench/datasets/locate.ts'
import { expectError, temporaryFolder, withoutPermission, write } from '../../../support/images.ts'

describe('locateDataSource', () => {
  it('knows the built-in set, downloaded sets and folders', () => {
    const cache = temporaryFolder()
    mkdirSync(join(cache, 'cifar-100-binary'))
    expect(locateDataSource('synthetic', cache)).toEqual({ kind: 'synthetic' })
    expect(locateDataSource('cifar-100', cache)).toEqual({ kind: 'files', path: join(cache, 'cifar-100-binary') })
    expect(locateDataSource(cache)).toEqual({ kind: 'files', path: cache })
    expect(locateDataSource(relative(process.cwd(), cache))).toEqual({ kind: 'files', path: cache })
  })

  it('says how to get a set that has not been downloaded', async () => {
    const cache = temporaryFolder()
    const error = await expectError(
      () => locateDataSource('cifar-10', cache),
      'bad-data',
      /CIFAR-10 has not been downloaded/,
    )
    expect(error.hint).toBe('Get it with: splitbench download cifar-10')
    expect(error.exitCode).toBe(2)
  })

  it('refuses what is no folder, naming the choices', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'file'), 'text')
    await expectError(() => locateDataSource(join(folder, 'file')), 'bad-data', /file: is not a folder/)
    const error = await expectError(() => locateDataSource('imagenet'), 'bad-data', /imagenet: there is no such folder/)
    expect(error.hint).toBe('Give a folder, or one of: synthetic, cifar-10, cifar-100.')
  })

  it('says that a place may not be looked at', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'private', 'data', 'file'), 'text')
    await withoutPermission(join(folder, 'private'), () =>
      expectError(() => locateDataSource(join(folder, 'private', 'data')), 'bad-data', /cannot be read \(EACCES\)/),
    )
  })

  it('keeps data sets in the cache folder of the user', () => {
    expect(datasetCache({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'splitbench', 'datasets'))
    expect(datasetCache({ XDG_CACHE_HOME: '' })).toMatch(/\.cache.splitbench.datasets$/)
  })
})
