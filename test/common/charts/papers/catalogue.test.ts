import { expect, it } from 'vitest'
import { drawnFrom, paperFigures } from '#common/charts/papers/catalogue.ts'
import type { Comparison } from '#common/contract/result.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { fixtureFrameworks } from '../../../fixtures/frameworks.ts'

const figuresOf = (comparison: Comparison): string[] =>
  Object.keys(paperFigures).filter((name) => drawnFrom(comparison, name) !== null)

it('finds the figures that a run can be drawn as, and only those', () => {
  expect(figuresOf(fixtureFrameworks())).toEqual(Object.keys(paperFigures).filter((name) => name !== 'qcnn-2016'))
  const toy = figuresOf(fixtureComparison({ frameworks: ['only-splitting', 'two-step'] }))
  expect(toy).toContain('shi-2019-fig3')
  for (const name of ['jankowski-2020-fig3', 'jankowski-2020-fig4', 'safbmp-2023-fig10', 'qcnn-2016']) {
    expect(toy).not.toContain(name)
  }
})

it('hides no mistake of a builder', () => {
  const broken = { ...fixtureFrameworks(), candidates: null } as unknown as Comparison
  expect(() => drawnFrom(broken, 'safbmp-2023-fig9')).toThrow(TypeError)
})
