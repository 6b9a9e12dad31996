import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CompareConfig } from '#common/contract/config.ts'
import { fullCommand } from '#common/experiment/fullCommand.ts'
import { runCli } from '../../support/cli.ts'
import { dataFolder, describeWith } from '../../support/requires.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'splitbench-cli-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const oneClearLine = (stderr: string, what: RegExp): void => {
  expect(stderr).toMatch(what)
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(stderr.match(/^splitbench: /gm)).toHaveLength(1)
}

describe('bad usage ends with 2, one clear line, and nothing on disk', () => {
  it.each([
    [['compare', '--network', 'alexnet'], /Unknown network "alexnet"/],
    [['compare', '--frameworks', 'magic'], /Unknown framework "magic"/],
    [['compare', '--points', 'pool9'], /Unknown partition point "pool9"/],
    [['compare', '--profile', 'fast'], /Unknown profile "fast"/],
    [['compare', '--link', 'lte'], /Unknown link "lte"/],
    [['compare', '--device', 'toaster'], /no device "toaster"/],
    [['compare', '--device', 'serial:'], /names no port/],
    [['compare', '--device', 'simulated:pi-9'], /no simulated device "pi-9"/],
    [['compare', '--server', 'serial:/dev/ttyUSB0'], /serial line/],
    [['compare', '--gamma', '5', '--server', 'simulated'], /--gamma models/],
    [['device', 'probe', 'toaster'], /no device "toaster"/],
    [['device', 'push', 'local'], /Nothing to push/],
    [['device', 'push', 'local', '--run', 'no/such/run'], /not a finished run/],
    [['device', 'add', 'local', 'local'], /cannot be a device's name/],
    [['compare', '--data', 'no/such/folder'], /no such folder/],
    [['compare', '--epochs', '0'], /whole number above 0/],
    [['compare', '--seed', '-1'], /whole number from 0/],
    [['compare', '--gamma', 'x'], /number above 0/],
    [['compare', '--speed'], /unknown option/],
    [['report', 'no/such/run'], /no finished comparison/],
    [['prune', 'no/such/model'], /not a model folder/],
    [['export', 'no/such/model', '--point', 'pool3'], /not a model folder/],
    [['download', 'mnist-10'], /Unknown data set/],
    [['frobnicate'], /unknown command|too many arguments/],
  ] as [string[], RegExp][])('splitbench %j', async (args, what) => {
    const { code, stdout, stderr } = await runCli(args, { cwd })
    expect(stderr).toMatch(what)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    oneClearLine(stderr, what)
    expect(readdirSync(cwd)).toEqual([])
  })

  it('an output folder that is a file', async () => {
    writeFileSync(join(cwd, 'taken'), '')
    const { code, stderr } = await runCli(['compare', '--profile', 'toy', '--out', 'taken'], { cwd })
    expect(code).toBe(2)
    oneClearLine(stderr, /taken is a file/)
  })

  it('an output folder that cannot be made', async () => {
    writeFileSync(join(cwd, 'file'), '')
    const { code, stderr } = await runCli(['compare', '--profile', 'toy', '--out', 'file/run'], { cwd })
    expect(code).toBe(2)
    oneClearLine(stderr, /cannot be written/)
    expect(readdirSync(cwd)).toEqual(['file'])
  })
})

describe('help and inspection', () => {
  it('every verb has --help, and all but help have --json', async () => {
    for (const verb of ['compare', 'train', 'prune', 'export', 'inspect', 'report', 'select', 'download', 'doctor']) {
      const { code, stdout } = await runCli([verb, '--help'], { cwd })
      expect(code, verb).toBe(0)
      expect(stdout, verb).toMatch(/Usage: splitbench/)
      expect(stdout, verb).toMatch(/--json/)
    }
  })

  it('inspect prints the layer table of the full network', async () => {
    const { stdout } = await runCli(['inspect', 'vgg16', '--json'], { cwd })
    const { network } = JSON.parse(stdout)
    expect(network.macs).toBe(313_201_664)
    expect(network.parameters).toBe(14_728_266)
  })

  it('--plan prints the points with their minutes and runs nothing', async () => {
    const { code, stdout } = await runCli(['compare', '--plan', '--json'], { cwd })
    const { plan } = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(plan.map((item: { phase: string }) => item.phase)).toContain('step2/conv10')
    expect(plan.every((item: { there: boolean }) => !item.there)).toBe(true)
    expect(readdirSync(cwd)).toEqual([])
  })

  it.each([
    ['compare'],
    ['compare --profile lab --frameworks ccto --epochs=3 --network resnet18 --link 4,20 --gamma 10 --ablations none'],
  ])('the full command of "%s" asks for the same, with everything said', async (typed) => {
    const configOf = async (command: string): Promise<CompareConfig> => {
      const { code, stdout } = await runCli([...command.split(' '), '--plan', '--json'], { cwd })
      expect(code).toBe(0)
      return JSON.parse(stdout).config
    }
    const config = await configOf(typed)
    const full = fullCommand(typed, config)
    expect(full.startsWith(typed)).toBe(true)
    for (const name of ['--epochs', '--batch', '--max-loss', '--train-images', '--time-s', '--threads', '--seed'])
      expect(full.split(/[ =]/).filter((word) => word === name)).toHaveLength(1)
    expect(await configOf(full)).toEqual(config)
  })
})

describeWith('tensorflow', 'bad images, found before training', () => {
  describeWith('cifar-10-small', 'in the official layout', () => {
    const copy = (): string => {
      const folder = join(cwd, 'data')
      mkdirSync(folder)
      for (const name of ['data_batch_1.bin', 'test_batch.bin']) {
        copyFileSync(join(dataFolder, 'cifar-10-small', name), join(folder, name))
        // The source may be read-only, and the copy keeps that.
        chmodSync(join(folder, name), 0o644)
      }
      return folder
    }
    const compare = () => runCli(['compare', '--profile', 'toy', '--data', 'data'], { cwd })

    it('a truncated file', async () => {
      truncateSync(join(copy(), 'data_batch_1.bin'), 3073 * 1000 + 17)
      const { code, stderr } = await compare()
      expect(code).toBe(2)
      oneClearLine(stderr, /data_batch_1\.bin.*17/)
      expect(readdirSync(cwd)).toEqual(['data'])
    })

    it('a missing file', async () => {
      rmSync(join(copy(), 'test_batch.bin'))
      const { code, stderr } = await compare()
      expect(code).toBe(2)
      oneClearLine(stderr, /test_batch\.bin/)
      expect(readdirSync(cwd)).toEqual(['data'])
    })

    it('a label out of range', async () => {
      const file = join(copy(), 'data_batch_1.bin')
      const { readFileSync } = await import('node:fs')
      const bytes = readFileSync(file)
      bytes[3073 * 5] = 77
      writeFileSync(file, bytes)
      const { code, stderr } = await compare()
      expect(code).toBe(2)
      oneClearLine(stderr, /77/)
      expect(readdirSync(cwd)).toEqual(['data'])
    })
  })
})
