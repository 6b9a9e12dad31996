import { join } from 'node:path'
import { CodedError } from '#common/errors.ts'
import type { Figure } from '../../../src/main/workbench/figures/figure.ts'
import { figureNamed } from '../../../src/main/workbench/figures/index.ts'

export const figuresFolder = join('results', 'figures')

export interface Drawn {
  title: string
  /** Below the root, without an ending. */
  path: string
}

/** A figure of these records among the book's files; null where the records hold nothing of it. */
export function drawFigure(
  files: Map<string, string>,
  name: string,
  records: readonly string[],
  of: string,
  gamma: number | null = null,
): Drawn | null {
  const figure: Figure = figureNamed(name)
  try {
    const drawn = figure.draw(records, { gamma })
    const path = join(figuresFolder, `${name}${gamma === null ? '' : `-gamma${gamma}`}-${of}`)
    for (const [ending, text] of Object.entries(drawn)) files.set(`${path}.${ending}`, text)
    return { title: `${name}: ${figure.title}${gamma === null ? '' : `, modelled device, γ ${gamma}`}`, path }
  } catch (error) {
    if (error instanceof CodedError && (error.code === 'bad-data' || error.code === 'bad-usage')) return null
    throw error
  }
}

/** The picture with a link to its numbers, as seen from docs/. */
export const embedded = ({ title, path }: Drawn): string =>
  `![${title}](../${path}.svg)\n\n${title} ([numbers](../${path}.csv))`
