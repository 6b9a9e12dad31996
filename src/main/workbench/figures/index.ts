import { CodedError } from '#common/errors.ts'
import type { Figure } from './figure.ts'
import { huang2017 } from './huang2017.ts'
import { comparisonFigures } from './papers.ts'
import { safbmp2023Figure2 } from './safbmp2023Figure2.ts'

export const figures: Readonly<Record<string, Figure>> = Object.fromEntries(
  Object.entries({
    ...comparisonFigures,
    'safbmp-2023-fig2': safbmp2023Figure2,
    'huang-2017': huang2017,
  }).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })),
)

/** Throws `unknown-name`. */
export function figureNamed(name: string): Figure {
  if (Object.hasOwn(figures, name)) return figures[name]!
  throw new CodedError('unknown-name', `There is no figure "${name}".`, `Figures: ${Object.keys(figures).join(', ')}.`)
}
