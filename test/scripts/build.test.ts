import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { skipMark } from '../support/requires.ts'

const out = join(import.meta.dirname, '..', '..', 'out')
const built = existsSync(join(out, '.built-from'))
const name = built ? 'what is built' : `what is built ${skipMark('not built (to enable: npm run build)')}`

describe.skipIf(!built)(name, () => {
  const files = (folder: string, extension: RegExp) =>
    readdirSync(join(out, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => extension.test(file))
      .map((file) => readFileSync(join(out, folder, file), 'utf8'))

  it('has every process and door', () => {
    for (const file of ['index', 'server', 'cli', 'trainer', 'tail', 'reports', 'feed']) {
      expect(existsSync(join(out, 'main', `${file}.js`)), file).toBe(true)
    }
    expect(existsSync(join(out, 'agent', 'agent.mjs'))).toBe(true)
  })

  it('has a page without inline script or anything from elsewhere', () => {
    const page = readFileSync(join(out, 'renderer', 'index.html'), 'utf8')
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|https?:\/\//)
  })

  it('has a preload that a sandbox can load', () => {
    const [preload, ...more] = files('preload', /./)
    expect(more).toEqual([])
    const required = [...preload!.matchAll(/require\("([^"]+)"\)/g)].map(([, module]) => module)
    expect(required).toEqual(['electron'])
    expect(preload).not.toMatch(/^import /m)
  })
})
