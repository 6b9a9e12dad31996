import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { drawnFrom, paperFigures } from '#common/charts/papers/catalogue.ts'
import { figureNamed } from '../../src/main/workbench/figures/index.ts'
import { toCsv } from '../../src/renderer/export/table.ts'
import { fixtureFrameworks } from '../fixtures/frameworks.ts'
import { temporaryFolder } from '../support/images.ts'

it('exports from the window the very numbers that the command line writes of the same record', () => {
  const comparison = fixtureFrameworks()
  const record = join(temporaryFolder(), 'record.json')
  writeFileSync(record, JSON.stringify(comparison))
  const drawn = Object.keys(paperFigures).flatMap((name) => drawnFrom(comparison, name) ?? [])
  expect(drawn).toHaveLength(10)
  for (const { name, title, drawing } of drawn) {
    expect(title).toBe(figureNamed(name).title)
    expect(toCsv({ name, columns: drawing.columns, rows: drawing.rows })).toBe(figureNamed(name).draw([record]).csv)
  }
})
