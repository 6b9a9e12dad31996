// `npm run docs:results`: docs/results.md and results/figures from the records in results/. `--check`: writes nothing, and
// ends with 1 where a file is not what it would write.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../setup/paths.mjs'
import { resultsBook } from './results/book.ts'
import { figuresFolder } from './results/figures.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const files = resultsBook(root)
const differs = [...files].filter(([path, text]) => {
  const file = join(root, path)
  return !existsSync(file) || readFileSync(file, 'utf8') !== text
})
const folder = join(root, figuresFolder)
const stale = (existsSync(folder) ? readdirSync(folder) : [])
  .map((name) => join(figuresFolder, name))
  .filter((path) => !files.has(path))

if (values.check) {
  for (const path of [...differs.map(([path]) => path), ...stale]) console.log(`not up to date: ${path}`)
  process.exitCode = differs.length + stale.length > 0 ? 1 : 0
} else {
  for (const [path, text] of differs) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(path)
  }
  for (const path of stale) rmSync(join(root, path))
}
