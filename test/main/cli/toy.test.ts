import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { runCli, startCli } from '../../support/cli.ts'
import { dataFolder, describeWith, itWith } from '../../support/requires.ts'

const points = ['input', 'pool2', 'pool3', 'output']

describeWith('tensorflow', 'the main job on real images (toy profile)', () => {
  describeWith('cifar-10-small', 'of CIFAR-10', () => {
    let cwd: string
    let comparison: Comparison
    const run = () => join(cwd, 'run')

    beforeAll(async () => {
      cwd = mkdtempSync(join(tmpdir(), 'splitbench-toy-'))
      const args = [
        'compare',
        '--profile',
        'toy',
        '--data',
        join(dataFolder, 'cifar-10-small'),
        '--seed',
        '3',
        '--link',
        '2,10',
        '--out',
        'run',
        '--json',
      ]
      const { code, stdout, stderr } = await runCli(args, { cwd })
      expect(stderr).not.toMatch(/error/i)
      expect(code).toBe(0)
      comparison = comparisonSchema.parse(JSON.parse(stdout))
    })
    afterAll(() => rmSync(cwd, { recursive: true, force: true }))

    it('fills every cell of both frameworks', () => {
      const cells = comparison.candidates.map(
        (one) => `${one.framework}/${one.step ?? ''}/${one.partitionPoint}/${one.codec}`,
      )
      const expected = [
        ...points.flatMap((point) =>
          point === 'input'
            ? ['only-splitting//input/uint8']
            : [`only-splitting//${point}/float32`, `only-splitting//${point}/uint8`],
        ),
        ...points.map((point) => `two-step/step1/${point}/uint8`),
        'two-step/step2/pool2/uint8',
        'two-step/step2/pool3/uint8',
      ]
      const missing = comparison.missing.map((one) => `${one.framework}/${one.step ?? ''}/${one.partitionPoint}`)
      for (const cell of expected) {
        expect(cells.includes(cell) || missing.some((one) => cell.startsWith(one)), cell).toBe(true)
      }
    })

    it('publishes complete files, and nothing else', () => {
      expect(readdirSync(cwd)).toEqual(['run'])
      expect(readdirSync(run()).sort()).toEqual([
        'candidates',
        'comparison.json',
        'events.jsonl',
        'models',
        'report.csv',
        'report.html',
        'run.json',
        'timings',
      ])
      for (const candidate of comparison.candidates) {
        for (const file of Object.values(candidate.files)) expect(existsSync(join(run(), file)), file).toBe(true)
      }
      expect(JSON.parse(readFileSync(join(run(), 'comparison.json'), 'utf8')).run.id).toBe(comparison.run.id)
    })

    it('never calls unpruned weights pruned, and prunes physically', () => {
      const unpruned = comparison.baseline.weightsHash
      for (const one of comparison.candidates) {
        if (one.framework === 'only-splitting') expect(one.hashes.weights).toBe(unpruned)
        else {
          expect(one.hashes.weights).not.toBe(unpruned)
          expect(one.headMacs + one.tailMacs).toBeLessThan(comparison.network.macs)
        }
      }
    })

    it('adds up: payloads, transmission, end to end', () => {
      for (const one of comparison.candidates) {
        // A file's size is what it is; everything else follows from the elements.
        const coder = /png|jpeg/.exec(one.codec)?.[0]
        const raw = one.codec === 'float32' ? 4 * one.elements : one.elements
        const bytes = coder ? one.payloadBytes : raw
        expect(one.payloadBytes).toBe(bytes)
        expect(bytes).toBeGreaterThan(0)
        expect(one.transmissionMs).toBeCloseTo(transmissionMs(bytes + 16, comparison.link), 9)
        expect(one.transmissionMs).toBeCloseTo((8 * (bytes + 16)) / 2e6 / 1e-3 + 5, 9)
        expect(one.endToEnd!.composedMs).toBeCloseTo(
          one.deviceMs!.median + one.transmissionMs + one.serverMs!.median,
          9,
        )
        expect(one.endToEnd!.measuredMs).toBeNull()
        expect(Object.keys(one.byLink).sort()).toEqual(['1mbps', '2,10', '3g', '4g', 'wifi'])
        expect(one.deviceMs!.source).toBe('measured')
        if (coder !== 'jpeg') expect(one.accuracy).toBe(one.accuracyNoWire)
      }
      expect(comparison.candidates.some(({ codec }) => codec.includes('png'))).toBe(true)
    })

    it('keeps the raw samples that every time rests on', () => {
      const files = readdirSync(join(run(), 'timings'))
      const sides = files.filter((name) => /^(head|tail)-.*[.]json$/.test(name))
      // Files of equal content are timed once.
      const heads = new Set(comparison.candidates.map(({ hashes }) => hashes.head))
      expect(sides.filter((name) => name.startsWith('head-')).length).toBeGreaterThanOrEqual(heads.size)
      for (const name of sides) {
        const { blocks } = JSON.parse(readFileSync(join(run(), 'timings', name), 'utf8')) as {
          blocks: { modelMs: number[]; codecMs: number[] }[]
        }
        expect(blocks.flatMap(({ modelMs }) => modelMs).length).toBeGreaterThanOrEqual(10)
        for (const { modelMs, codecMs } of blocks) expect(codecMs.length).toBe(modelMs.length)
      }
      // And what was timed in turns, with the conditions meanwhile.
      expect(files.some((name) => /^group-.*[.]json$/.test(name))).toBe(true)
    })

    it('says that a finished run is finished, and prints it again', async () => {
      const args = [
        'compare',
        '--profile',
        'toy',
        '--data',
        join(dataFolder, 'cifar-10-small'),
        '--seed',
        '3',
        '--link',
        '2,10',
        '--out',
        'run',
        '--json',
      ]
      const { code, stdout, stderr } = await runCli(args, { cwd })
      expect(code).toBe(0)
      expect(stderr).toMatch(/finished already/)
      expect(JSON.parse(stdout).run.id).toBe(comparison.run.id)
    })

    it('report prints the table and the published ratios beside the reached ones', async () => {
      const table = await runCli(['report', 'run'], { cwd })
      expect(table.code).toBe(0)
      expect(table.stdout).toMatch(/two-step/)
      const shi = await runCli(['report', 'run', '--table', 'shi-2019'], { cwd })
      expect(shi.stdout).toMatch(/25\.6/)
      expect(shi.stdout).toMatch(/6\.01/)
      expect(shi.stdout).toMatch(/4\.81/)
    })

    itWith('python', 'an independent ONNX Runtime reproduces accuracyNoWire of every candidate', () => {
      const script = join(import.meta.dirname, '..', '..', 'support', 'accuracy.py')
      const printed = execFileSync(
        process.env.SPLITBENCH_PYTHON!,
        [script, run(), join(dataFolder, 'cifar-10-small', 'test_batch.bin')],
        { encoding: 'utf8' },
      )
      const accuracies = JSON.parse(printed) as Record<string, number>
      expect(Object.keys(accuracies)).toHaveLength(comparison.candidates.length)
      for (const one of comparison.candidates) {
        expect(Math.abs(accuracies[one.id]! - one.accuracyNoWire), one.id).toBeLessThanOrEqual(0.002)
      }
    })

    it('a cancelled run ends with 130, is resumable, and the resumed one has the same weights', async () => {
      const args = [
        'compare',
        '--profile',
        'toy',
        '--data',
        join(dataFolder, 'cifar-10-small'),
        '--seed',
        '3',
        '--frameworks',
        'only-splitting',
        '--out',
        'second',
        '--json',
      ]
      const { child, finished } = startCli(args, { cwd })
      child.stderr!.on('data', (text: string) => {
        if (/Training the baseline/.test(text)) child.kill('SIGINT')
      })
      const first = await finished
      expect(first.code).toBe(130)
      expect(first.stderr).toMatch(/same command/)
      expect(readdirSync(cwd).sort()).toEqual(['.running', 'run'])
      const { code, stdout } = await runCli(args, { cwd })
      expect(code).toBe(0)
      const resumed = comparisonSchema.parse(JSON.parse(stdout))
      expect(resumed.run.resumed).toBe(1)
      expect(resumed.baseline.weightsHash).toBe(comparison.baseline.weightsHash)
      expect(readdirSync(cwd).sort()).toEqual(['run', 'second'])
    })
  })
})

describe('stored comparisons', () => {
  it('a damaged one is refused in one line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'splitbench-damaged-'))
    const { writeFileSync } = await import('node:fs')
    writeFileSync(join(folder, 'comparison.json'), '{"protocol": 1,')
    const { code, stderr } = await runCli(['report', folder], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toMatch(/damaged or cut short/)
    rmSync(folder, { recursive: true })
  })
})
