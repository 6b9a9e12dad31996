import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { TrainingConfig } from '#common/contract/config.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import type { ImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { weightsHash } from '../../../../src/main/trainer/model/store.ts'
import type { Checkpoint } from '../../../../src/main/trainer/training/checkpoint.ts'
import { loadCheckpoint, saveCheckpoint } from '../../../../src/main/trainer/training/checkpoint.ts'
import { evaluate } from '../../../../src/main/trainer/training/evaluate.ts'
import { initialise } from '../../../../src/main/trainer/training/initialise.ts'
import type { EpochStatistics, StepProgress, TrainHooks } from '../../../../src/main/trainer/training/train.ts'
import { trainModel } from '../../../../src/main/trainer/training/train.ts'
import { toyNetwork } from '../../../support/handNetworks.ts'
import { expectError, temporaryFolder } from '../../../support/images.ts'
import { describeWith } from '../../../support/requires.ts'

/** Four classes: which quarter of a noisy image is bright. Flips and small shifts confuse none but left and right. */
function quarters(count: number, seed: number): ImageSet {
  const rng = random(seed, 'quarters')
  const images = Uint8Array.from({ length: count * 8 * 8 * 3 }, () => rng.below(160))
  const labels = Uint16Array.from({ length: count }, (_, n) => n % 4)
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 4; x++) {
        const at = ((n * 8 + y + (labels[n] > 1 ? 4 : 0)) * 8 + x + (labels[n] % 2) * 4) * 3
        images.fill(200, at, at + 3)
      }
    }
  }
  return { count, size: 8, channels: 3, images, labels }
}

const training: TrainingConfig = {
  epochs: 4,
  batchSize: 16,
  schedule: { kind: 'one-cycle', peak: 0.1 },
  momentum: 0.9,
  nesterov: true,
  weightDecay: 5e-4,
  augment: { crop: 1, flip: false },
}
const mean = [0.5, 0.45, 0.4]
const network = toyNetwork()

describeWith('tensorflow', 'training', () => {
  let backend: Backend
  const set = quarters(100, 1)
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
  })
  const train = (
    hooks: TrainHooks = {},
    options: { epochs?: number; stream?: string; training?: TrainingConfig } = {},
  ) =>
    trainModel(
      backend,
      initialise(network, 1),
      set,
      { training, epochs: 4, seed: 1, stream: 'test', mean, ...options },
      hooks,
    )

  it('learns, reports steps and epochs, and leaves out the incomplete batch', async () => {
    const steps: StepProgress[] = []
    const epochs: [number, EpochStatistics][] = []
    const { model } = await train({
      onStep: (progress) => steps.push(progress),
      onEpoch: ({ epoch }, statistics) => void epochs.push([epoch, statistics]),
    })
    expect(steps).toHaveLength(24)
    expect(steps[7]).toMatchObject({ epoch: 1, step: 2, stepsPerEpoch: 6, done: 8, total: 24 })
    expect(steps[0].rate).toBeCloseTo(0.004)
    expect(epochs.map(([epoch]) => epoch)).toEqual([1, 2, 3, 4])
    expect(epochs[3][1].loss).toBeLessThan(epochs[0][1].loss)
    const fresh = quarters(200, 2)
    const { accuracy, correct, loss } = await evaluate(backend, model, fresh)
    expect(accuracy).toBeGreaterThan(0.9)
    expect(correct).toBe(accuracy * 200)
    const inParts = await evaluate(backend, model, fresh, { batchSize: 33 })
    expect(inParts.correct).toBe(correct)
    expect(inParts.loss).toBeCloseTo(loss, 4)
  })

  it('gives identical weights again, and others from another stream', async () => {
    const first = weightsHash((await train()).model)
    expect(weightsHash((await train()).model)).toBe(first)
    expect(weightsHash((await train({}, { stream: 'other' })).model)).not.toBe(first)
  })

  it('continues from any checkpoint, read back from its folder, to the undisturbed weights', async () => {
    const folder = temporaryFolder()
    const undisturbed = await train({
      onEpoch: (checkpoint) => saveCheckpoint(join(folder, String(checkpoint.epoch)), checkpoint),
    })
    for (const epoch of [1, 2, 3, 4]) {
      const resumeFrom = await loadCheckpoint(join(folder, String(epoch)))
      const first: number[] = []
      const { model } = await train({ resumeFrom, onStep: ({ done }) => first.push(done) })
      expect(first[0]).toBe(epoch === 4 ? undefined : epoch * 6 + 1)
      expect(weightsHash(model)).toBe(weightsHash(undisturbed.model))
    }
  })

  it('refuses a checkpoint of another training', async () => {
    const checkpoints: Checkpoint[] = []
    await train({ onEpoch: (one) => void checkpoints.push(one) })
    await expectError(() => train({ resumeFrom: checkpoints[0] }, { epochs: 5 }), 'bad-usage', /other settings/)
  })

  it('rounds a fraction of an epoch to whole steps, at least one', async () => {
    const count = async (epochs: number) => {
      let steps = 0
      let whole = 0
      await train({ onStep: () => void steps++, onEpoch: () => void whole++ }, { epochs })
      return [steps, whole]
    }
    expect(await count(0.5)).toEqual([3, 0])
    expect(await count(0.01)).toEqual([1, 0])
    expect(await count(1.5)).toEqual([9, 1])
  })

  it('trains on a set smaller than a batch', async () => {
    const steps: StepProgress[] = []
    const options = { training: { ...training, batchSize: 128 }, epochs: 2, seed: 1, stream: 'small', mean }
    await trainModel(backend, initialise(network, 1), quarters(20, 1), options, { onStep: (one) => steps.push(one) })
    expect(steps).toHaveLength(2)
  })

  it('stops between two steps when it is cancelled, and frees everything', async () => {
    const before = backend.memory().numTensors
    const controller = new AbortController()
    let steps = 0
    const cancelled = train({
      signal: controller.signal,
      onStep: () => {
        steps += 1
        if (steps === 3) controller.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(steps).toBe(3)
    expect(backend.memory().numTensors).toBe(before)
    const evaluation = evaluate(backend, initialise(network, 1), set, { signal: AbortSignal.abort() })
    await expect(evaluation).rejects.toMatchObject({ code: 'cancelled' })
    expect(backend.memory().numTensors).toBe(before)
  })

  it('says where it diverged', async () => {
    const wild: TrainingConfig = { ...training, schedule: { kind: 'constant', rate: 1e30 } }
    await expectError(() => train({}, { training: wild }), 'trainer-failed', /diverged.* at step \d+/)
  })

  it('holds as many tensors and as much memory in every later epoch', async () => {
    const tensors: number[] = []
    const resident: number[] = []
    await train(
      {
        onEpoch: () => {
          tensors.push(backend.memory().numTensors)
          resident.push(process.memoryUsage().rss / 2 ** 20)
        },
      },
      { epochs: 40 },
    )
    expect(new Set(tensors.slice(1)).size).toBe(1)
    // Half-way, everything that is kept is there; what follows is the garbage collector's play.
    expect(resident[39] - resident[19]).toBeLessThan(30)
  })

  it('gives identical weights in another process: VGG16 at width 0.25, two threads', () => {
    const hash = () => {
      const outcome = spawnSync(process.execPath, [resolve(import.meta.dirname, '../../../support/trainBriefly.ts')], {
        encoding: 'utf8',
      })
      expect(outcome.stdout, outcome.stderr).toMatch(/^[0-9a-f]{64}\n$/)
      return outcome.stdout
    }
    expect(hash()).toBe(hash())
  })
})
