import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CutOutcome } from '#common/contract/modelProfile.ts'
import { cutModel } from '../../../../src/main/trainer/cutting/cutModel.ts'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { blocksOf, timeCuts } from '../../../../src/main/workbench/experiments/profile/timeCuts.ts'
import { sourceTransport } from '../../../support/agentProcess.ts'
import { describeWith } from '../../../support/requires.ts'
import { smallNetwork } from '../../../support/smallNetwork.ts'

const rule = { seconds: 0.02, minIterations: 2 }

describeWith('onnxruntime', 'heads and tails whose weights lie in one file', () => {
  let folder: string
  let outcome: CutOutcome
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-cuts-'))
    const model = join(folder, 'network.onnx')
    writeFileSync(model, smallNetwork())
    const config = {
      ...{ model, modelHash: '', input: null, size: 32, output: null, points: 'all' as const, device: 'local' },
      ...{ server: 'local', link: { name: 'wifi', rateMbps: 18.88, rttMs: null }, timeS: null, threads: 1, seed: 1 },
    }
    outcome = await cutModel(folder, config, { progress() {}, log() {} }, new AbortController().signal)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // An agent of an earlier version does not know the file of weights: it gets every part whole.
  it.each([
    ['once, by an agent that shares them', true],
    ['inside of every part, by one that does not', false],
  ])('are checked and timed: %s', async (_, sharedWeights) => {
    expect(outcome.weights!.bytes).toBeGreaterThan(4 * 2304)
    const store = join(folder, `store-${sharedWeights}`)
    const device = await connectDevice(sourceTransport(store))
    const seen = new Map<string, number>()
    try {
      expect(device.sharedWeights).toBe(true)
      const counting: typeof device.pushFiles = async (paths, ...rest) => {
        const hashes = await device.pushFiles(paths, ...rest)
        for (const path of paths) seen.set(path, (seen.get(path) ?? 0) + 1)
        return hashes
      }
      for (const side of ['head', 'tail'] as const) {
        const { sides } = await timeCuts(
          side,
          { ...device, sharedWeights, pushFiles: counting },
          {
            ...{ folder, cuts: outcome.cuts, weights: outcome.weights, rule, threads: 1, seed: 1 },
            ...{ signal: new AbortController().signal, onProgress() {}, onLog() {} },
          },
          blocksOf(outcome.cuts.length, rule),
        )
        expect(sides).toHaveLength(outcome.cuts.length)
        for (const { error, time } of sides) {
          expect(error).toBeLessThan(1e-4)
          expect(time.median).toBeGreaterThan(0)
        }
      }
    } finally {
      await device.close()
    }
    const weights = join(folder, outcome.weights!.file)
    expect(seen.get(weights)).toBe(sharedWeights ? 2 : undefined)
    expect([...seen.keys()].some((path) => path.endsWith('.whole'))).toBe(!sharedWeights)
    // Nothing stays on the device.
    expect(readdirSync(store).filter((name) => /^[0-9a-f]{64}/.test(name))).toEqual([])
  })
})
