import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { skipMark } from '../support/requires.ts'

const folder = resolve(import.meta.dirname, '..', '..', 'out', 'renderer', 'assets')
const built = existsSync(folder)

describe.skipIf(!built)(
  `the renderer's bundle ${built ? '' : skipMark('not built (to enable: npm run build)')}`,
  () => {
    const scripts = built
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.js'))
          .map((name) => readFileSync(join(folder, name), 'utf8'))
      : []

    it('contains nothing of Node or Electron', () => {
      expect(scripts.length).toBeGreaterThan(0)
      for (const script of scripts) {
        expect(script).not.toMatch(/(?:from|import)\s*\(?["'`](?:node:|electron["'`])/)
        expect(script).not.toMatch(/\brequire\(["'`](?:node:|electron|fs|path|child_process|net|os)["'`]\)/)
        expect(script).not.toContain('__vite-browser-external')
      }
    })
  },
)
