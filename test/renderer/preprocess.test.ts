import { describe, expect, it } from 'vitest'
import { preprocessingTimeOption, preprocessingTrafficOption } from '#common/charts/preprocessingCosts.ts'
import { operators } from '#common/experiment/preprocessing.ts'
import { preprocessingSpot } from '#common/experiment/preprocessingSummary.ts'
import { defaultPreprocessing, preprocessForm } from '../../src/renderer/pages/preprocess/form.ts'
import { trainingLines } from '../../src/renderer/pages/preprocess/lines.ts'
import { operatorColumns, operatorRows } from '../../src/renderer/pages/preprocess/table.ts'
import { chartThemes } from '../../src/renderer/theme/chartTheme.ts'
import { fixturePreprocessing } from '../fixtures/preprocessing.ts'

const result = fixturePreprocessing()
const series = (option: unknown) => (option as { series: { name: string; data: [number, number][] }[] }).series

describe('the form of a sweep over pre-processing', () => {
  it('stands for what the command does by itself', () => {
    expect(preprocessForm(defaultPreprocessing())).toEqual({
      data: 'digits',
      operators: ['raw', 'pca-32', 'pool-2', 'pool-4', 'median-pool-2', 'autoencoder-32'],
      images: [5000, 10_000, 20_000, 40_000, 60_000],
      ...{ testImages: 10_000, seeds: 1, seed: 1, epochs: 4, batchSize: 64, threads: null },
    })
  })

  it.each([
    [{ data: 'folder', folder: ' ' }, 'Images:'],
    [{ operators: [] }, 'Operators:'],
    [{ images: '5000, many' }, 'Training images:'],
    [{ images: ' ' }, 'Training images:'],
    [{ testImages: 0 }, 'Test images:'],
    [{ seeds: 21 }, 'Seeds:'],
    [{ seed: '' as const }, 'First seed:'],
    [{ epochs: 1.5 }, 'Epochs:'],
    [{ batchSize: '' as const }, 'Batch size:'],
    [{ threads: -1 }, 'Threads:'],
  ])('%o: %s', (change, problem) => {
    expect(preprocessForm({ ...defaultPreprocessing(), ...change })).toContain(problem)
  })
})

it('time over training images is that of operator and training together', () => {
  const lines = series(preprocessingTimeOption(result, chartThemes.light))
  expect(lines).toHaveLength(result.operators.length)
  for (const [index, operator] of result.operators.entries()) {
    expect(lines[index]!.data).toEqual(
      result.images.map((images) => {
        const { preparingS, trainS } = preprocessingSpot(result, operator, images)!
        return [images / 1000, preparingS + trainS]
      }),
    )
  }
})

it('accuracy stands against the bytes of an image, at the largest size that an operator has', () => {
  const left = result.cells.filter(({ operator, images }) => operator !== 'pool-4' || images < 60_000)
  const dots = series(preprocessingTrafficOption({ ...result, cells: left }, chartThemes.dark))
  expect(dots.map(({ data }) => data[0])).toEqual(
    result.operators.map((operator) => [
      operators[operator].bytes,
      preprocessingSpot(result, operator, operator === 'pool-4' ? 20_000 : 60_000)!.accuracy,
    ]),
  )
})

it('a running sweep is drawn as a line per operator and seed, in the colour of the operator', () => {
  const point = (step: number, accuracy: number) => ({ stage: '', step, values: { accuracy, trainS: 2 } })
  const lines = trainingLines(
    new Map([
      ['pca-32/seed 1', [point(100, 0.5), point(200, 0.6)]],
      ['pca-32/seed 2', [point(100, 0.4)]],
      ['something else', [point(1, 1)]],
    ]),
    'accuracy',
  )
  expect(lines.map(({ name, points }) => [name, points])).toEqual([
    [
      'pca-32',
      [
        [100, 0.5],
        [200, 0.6],
      ],
    ],
    ['pca-32', [[100, 0.4]]],
  ])
  expect(lines[0]!.slot).toBe(lines[1]!.slot)
})

it('the table has a row per operator and size, with the numbers of the record', () => {
  const rows = operatorRows(result)
  expect(rows).toHaveLength(9)
  const cell = (key: string) => operatorColumns.find((column) => column.key === key)!
  for (const row of rows) {
    const { accuracy, trainS } = result.cells.find((one) => one.operator === row.operator && one.images === row.images)!
    expect(cell('accuracy').value(row)).toBe(accuracy)
    expect(cell('training').value(row)).toBe(trainS)
    expect(cell('payload').value(row)).toBe(operators[row.operator].bytes)
  }
})
