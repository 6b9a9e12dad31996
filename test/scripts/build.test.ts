import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const out = join(import.meta.dirname, '..', '..', 'out')
const built = existsSync(join(out, '.built-from'))
const name = built ? 'what is built' : 'what is built [skipped: out/ is not there; to enable: npm run build]'

describe.skipIf(!built)(name, () => {
  const files = (folder: string, extension: RegExp) =>
    readdirSync(join(out, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => extension.test(file))
      .map((file) => readFileSync(join(out, folder, file), 'utf8'))

  it('has every process and door', () => {
    for (const file of ['index', 'server', 'cli', 'trainer', 'tail', 'reports']) {
      expect(existsSync(join(out, 'main', `${file}.js`)), file).toBe(true)
    }
    expect(existsSync(join(out, 'agent', 'agent.mjs'))).toBe(true)
  })

  it('holds nothing of Node in the window', () => {
    const scripts = files('renderer', /\.js$/)
    expect(scripts.length).toBeGreaterThan(0)
    for (const text of scripts) {
      // Vite's stand-in for a Node module that a browser has not.
      expect(text).not.toMatch(/__vite-browser-external|from\s*["']node:|require\(["'](node:|electron)/)
      for (const one of builtinModules) expect(text).not.toContain(`from"${one}"`)
    }
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
