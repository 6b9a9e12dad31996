import { expect, it } from 'vitest'
import type { JobSummary } from '#common/contract/workbench.ts'
import { nextAction } from '../../src/renderer/pages/overview/nextAction.ts'
import { matching } from '../../src/renderer/palette/matching.ts'

it('finds commands by all of their words in any order, and those that begin so first', () => {
  const commands = [
    { group: 'Go to', title: 'Compare' },
    { group: 'Export', title: 'Runs as CSV' },
    { group: 'Go to', title: 'Runs' },
  ]
  const titles = (query: string): string[] => matching(commands, query).map(({ title }) => title)
  expect(titles('')).toEqual(['Compare', 'Runs as CSV', 'Runs'])
  expect(titles('csv runs')).toEqual(['Runs as CSV'])
  expect(titles('to runs')).toEqual(['Runs'])
  expect(titles('runs')).toEqual(['Runs as CSV', 'Runs'])
  expect(titles('com')).toEqual(['Compare'])
  expect(titles('no such thing')).toEqual([])
})

it('names the next action: broken work, a first comparison, a board, a comparison on it, the result', () => {
  const run = { id: 'r1', verb: 'compare', problem: null, device: 'local' } as never
  const board = { name: 'pi', kind: 'ssh', state: 'idle' } as const
  const interrupted = { id: 'j', title: 'Compare', state: 'interrupted', resumable: true } as JobSummary
  expect(nextAction([interrupted], [run], [board]).resume).toBe(interrupted)
  expect(nextAction([], [], [board]).place).toEqual(['overview', 'guide'])
  expect(nextAction([], [run], [{ ...board, kind: 'simulated' }]).place).toEqual(['devices'])
  expect(nextAction([], [run], [board])).toMatchObject({ title: 'Compare on pi', place: ['compare'] })
  expect(nextAction([], [{ ...(run as object), device: 'pi' } as never], [board]).place).toEqual([
    'compare',
    'run',
    'r1',
  ])
})
