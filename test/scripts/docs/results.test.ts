import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { resultsBook } from '../../../scripts/docs/results/book.ts'
import { figuresFolder } from '../../../scripts/docs/results/figures.ts'
import { fixtureFrameworks } from '../../fixtures/frameworks.ts'
import { fixturePreprocessing } from '../../fixtures/preprocessing.ts'
import { fixtureSweep } from '../../fixtures/sweep.ts'
import { expectError, temporaryFolder } from '../../support/images.ts'

const root = resolve(import.meta.dirname, '..', '..', '..')
const page = join('docs', 'results.md')

it('is what the committed page and its figures were written from: npm run docs:results', () => {
  const files = resultsBook(root)
  for (const [path, text] of files) {
    expect(existsSync(join(root, path)), `${path} is missing: npm run docs:results`).toBe(true)
    expect(readFileSync(join(root, path), 'utf8') === text, `${path} is not up to date: npm run docs:results`).toBe(
      true,
    )
  }
  const stale = readdirSync(join(root, figuresFolder)).filter((name) => !files.has(join(figuresFolder, name)))
  expect(stale).toEqual([])
  const links = [...files.get(page)!.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path]) => path!)
  expect(links.length).toBeGreaterThan(0)
  for (const path of links) expect(existsSync(join(root, path)), path).toBe(true)
})

/** A folder of records: two seeds of one network, a sweep, a sweep over pre-processing, and a piece by hand. */
function recordsFolder(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'results', 'notes'), { recursive: true })
  const write = (name: string, record: unknown) =>
    writeFileSync(join(folder, 'results', `${name}.json`), JSON.stringify(record))
  write('all-seed1', fixtureFrameworks())
  write('all-seed2', fixtureFrameworks({ seed: 2, loseMore: 1.5 }))
  mkdirSync(join(folder, 'results', 'criteria'))
  write('criteria/vgg', fixtureSweep())
  write('digits', fixturePreprocessing())
  writeFileSync(join(folder, 'results', 'notes', 'all-orderings.md'), 'Why one of them does not hold.\n')
  return folder
}

it('takes any record: seeds of one network in one section, with means, checklist, figures and the text by hand', () => {
  const files = resultsBook(recordsFolder())
  const text = files.get(page)!
  const headings = text.split('\n').filter((line) => line.startsWith('## '))
  expect(headings).toHaveLength(4)
  expect(headings[0]).toMatch(/vgg16 × 0\.25.*only-splitting, two-step, cloud-only, bottlenet/)
  expect(text).toContain('seeds 1, 2')
  expect(text).toContain('`results/criteria/vgg.json`')
  expect([...files.keys()]).toContain(join(figuresFolder, 'safbmp-2023-fig2-criteria-vgg.svg'))
  expect(text).toContain('Why one of them does not hold.')
  for (const framework of ['only-splitting', 'two-step', 'cloud-only', 'ccto', 'safbmp', 'jscc', 'q-cnn']) {
    expect(text).toMatch(new RegExp(`^\\| ${framework} \\| [\\d.]+ \\[`, 'm'))
  }
  // SAFBMP loses 0.8 points in one seed, 2.3 in the other.
  const rows = text.split('\n')
  const row = rows.find((line) => line.includes('SAFBMP loses less than a point'))!
  expect(row).toContain('does not hold** in 1 of 2 seeds')
  expect(row).toMatch(/seed 1: .*; seed 2: /)
  const images = [...text.matchAll(/!\[[^\]]*\]\(\.\.\/([^)]+\.svg)\)/g)].map(([, path]) => path!)
  for (const figure of [
    'shi-2019-table1',
    'jankowski-2020-fig4',
    'safbmp-2023-table2',
    'safbmp-2023-fig2',
    'huang-2017',
  ]) {
    expect(images.some((path) => path.includes(figure))).toBe(true)
  }
  for (const path of images) {
    expect(files.get(path)).toMatch(/^<svg /)
    expect(files.get(path.replace(/svg$/, 'csv'))).toContain('\r\n')
  }
})

it('leaves what was not run empty, and says so', () => {
  const text = resultsBook(recordsFolder()).get(page)!
  expect(text).toMatch(/^\| mobilenetv1 \| 0 \| – \| – \| 15\.1 % \[S\] \|$/m)
  expect(text).toMatch(
    /^- bottlenet-pp, §9\.7: accuracy falls smoothly .* — too few of its settings were run, inside the bound/m,
  )
})

it('refuses a JSON that is no record', async () => {
  const folder = recordsFolder()
  writeFileSync(join(folder, 'results', 'other.json'), '{"protocol": 1}')
  await expectError(() => resultsBook(folder), 'bad-data', /other\.json is not a comparison of this version/)
})
