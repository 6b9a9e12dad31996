import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelProfileSchema } from '#common/contract/modelProfile.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { createSession } from '../../../src/system/onnxruntime.ts'
import { runCli, startCli } from '../../support/cli.ts'
import { parseCsv } from '../../support/csv.ts'
import { describeWith } from '../../support/requires.ts'
import { smallNetwork } from '../../support/smallNetwork.ts'

let folder: string
let model: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-profile-'))
  model = join(folder, 'network.onnx')
  writeFileSync(model, smallNetwork())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeWith('onnxruntime', 'splitbench profile', () => {
  it('cuts, checks, times, composes and reports, and keeps the best cuts only', async () => {
    const args = [
      'profile',
      model,
      '--size',
      '64',
      '--link',
      '2,10',
      '--points',
      'all',
      '--time-s',
      '0.05',
      '--out',
      'done',
    ]
    const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd: folder })
    expect(code, stderr).toBe(0)
    const profile = modelProfileSchema.parse(JSON.parse(stdout))
    // conv1: 16 × 32² × 27, conv2: 16 × 32² × 144, gemm: 64.
    const [first, second] = [16 * 32 * 32 * 27, 16 * 32 * 32 * 144]
    expect(profile.model).toMatchObject({ macs: first + second + 64, parameters: 432 + 2304 + 64 })
    expect(profile.cuts.map(({ point, shape, headMacs }) => [point, shape.join('x'), headMacs])).toEqual([
      ['input', '3x64x64', 0],
      ['conv1', '16x32x32', first],
      ['relu1', '16x32x32', first],
      ['block', '16x32x32', first + second],
      ['pool', '16x1x1', first + second],
      ['flat', '16', first + second],
      ['output', '4', first + second + 64],
    ])
    for (const cut of profile.cuts) {
      expect(cut.deviceMs).toMatchObject({ source: 'measured' })
      expect(cut.deviceMs.n).toBeGreaterThanOrEqual(10)
      expect(Math.max(cut.headError, cut.tailError)).toBeLessThanOrEqual(1e-3)
      const over = cut.byLink['2,10']!.float32
      expect(over.transmissionMs).toBeCloseTo(transmissionMs(cut.payloadBytes + 16, { rateMbps: 2, rttMs: 10 }), 9)
      expect(over.endToEnd.composedMs).toBeCloseTo(cut.deviceMs.median + over.transmissionMs + cut.serverMs.median, 9)
    }
    const best = profile.best.find(({ link }) => link.name === '2,10')!
    const composed = profile.cuts.map((cut) => cut.byLink['2,10']!.float32.endToEnd.composedMs)
    expect(best.float32.composedMs).toBe(Math.min(...composed))

    const run = join(folder, 'done')
    expect(readdirSync(run)).toEqual(expect.arrayContaining(['profile.json', 'report.html', 'report.csv', 'timings']))
    expect(existsSync(join(run, 'cuts'))).toBe(false)
    const kept = profile.cuts.flatMap(({ files }) => (files ? [files.head, files.tail] : []))
    // They need no other file.
    for (const file of kept) {
      const { session } = await createSession(readFileSync(join(run, file)), { threads: 1, optimisation: 'off' })
      await session.release()
    }
    const html = readFileSync(join(run, 'report.html'), 'utf8')
    expect(html).toContain('Profile of network.onnx')
    expect(html.match(/<svg /g)!.length).toBe(1 + 5 + 2)
    const [heading, ...cells] = parseCsv(readFileSync(join(run, 'report.csv'), 'utf8'))
    const rows = cells.map((row) => Object.fromEntries(row.map((cell, index) => [heading![index]!, cell])))
    expect(rows).toHaveLength(7 * 5 * 2)
    const row = rows.find(
      (one) => one.partition_point === 'block' && one.link === 'wifi' && one.payload_form === 'float32',
    )!
    const block = profile.cuts.find(({ point }) => point === 'block')!
    expect(Number(row.end_to_end_composed_ms)).toBe(block.byLink.wifi!.float32.endToEnd.composedMs)

    // The same again finds it done, as a table.
    const again = await runCli(args, { cwd: folder })
    expect(again).toMatchObject({ code: 0 })
    expect(again.stdout).toContain('Best cut by rate:')
    expect(again.stderr).toContain('finished already')
  })

  it('says of a simulated device that its times are modelled', async () => {
    const args = ['profile', model, '--size', '32', '--device', 'simulated', '--time-s', '0.02']
    const { code, stdout, stderr } = await runCli(args, { cwd: folder })
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('device, ms (modelled)')
    expect(stdout).toContain('The device is simulated: its times are modelled.')
  })

  it('is cancelled at once, and keeps no models', async () => {
    const { child, finished } = startCli(['profile', model, '--size', '64', '--time-s', '30', '--out', 'stopped'], {
      cwd: folder,
    })
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', (text: string) => text.includes('round 1 of') && resolve())
      child.once('close', () => resolve())
    })
    child.kill('SIGINT')
    const { code } = await finished
    expect(code).toBe(130)
    expect(existsSync(join(folder, 'stopped'))).toBe(false)
    expect(existsSync(join(folder, '.running', 'stopped', 'cuts'))).toBe(false)
  })
})

describe('splitbench profile with bad input', () => {
  it.each([
    ['a file that is not there', () => ['nothing.onnx'], 'There is no file nothing.onnx'],
    ['a folder', () => ['.'], 'is a folder'],
    ['an extent that is none', () => [model, '--input', '1,3,x'], '--input 1,3,x'],
    ['a link that is none', () => [model, '--link', 'pigeon'], 'Unknown link'],
    ['a server on a serial line', () => [model, '--server', 'serial:/dev/ttyUSB9'], 'serial line'],
  ])('refuses %s before anything runs', async (_, args, words) => {
    const { code, stderr } = await runCli(['profile', ...args()], { cwd: folder })
    expect(stderr).toContain(words)
    expect(code).toBe(2)
  })

  it.each([
    ['a size that is left open', () => [model], 'leaves the size of its input open'],
    ['what is no ONNX file', () => [join(import.meta.dirname, 'profile.test.ts')], 'no readable ONNX file'],
    ['a point that it does not have', () => [model, '--size', '32', '--points', 'conv9'], 'no partition point "conv9"'],
  ])('refuses %s and leaves nothing', async (_, args, words) => {
    const { code, stderr } = await runCli(['profile', ...args(), '--out', 'refused'], { cwd: folder })
    expect(stderr).toContain(words)
    expect(code).toBe(2)
    expect(existsSync(join(folder, 'refused'))).toBe(false)
    expect(existsSync(join(folder, '.running', 'refused'))).toBe(false)
  })
})
