import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { runTrain } from '../../../../src/main/trainer/experiment/verbs.ts'
import { temporaryFolder } from '../../../support/images.ts'
import { describeWith } from '../../../support/requires.ts'

const never = new AbortController().signal
const config = {
  data: { source: { kind: 'synthetic' as const }, trainImages: 128, testImages: 50, seed: 1 },
  network: { name: 'vgg16', width: 0.125 },
  training: { ...profiles.toy.training, epochs: 2, batchSize: 32 },
  seed: 5,
  threads: 2,
}
/** How long the steps waited for images is time, and never the same twice. */
const withoutWaiting = <T extends { curve: { dataShare?: number }[] }>({ curve, ...rest }: T) => ({
  ...rest,
  curve: curve.map(({ dataShare: _, ...epoch }) => epoch),
})
const silent = { progress: () => {}, metric: () => {}, log: () => {} }

describeWith('tensorflow', 'a training that goes on from a checkpoint of another run', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
  })

  /** A run that is stopped after its first epoch: its checkpoint and curve. */
  async function oneEpoch() {
    const folder = temporaryFolder()
    const abort = new AbortController()
    const reporter = {
      ...silent,
      metric: (_stage: string, _step: number, values: object) => {
        if ('validationAccuracy' in values) abort.abort()
      },
    }
    await expect(runTrain({ folder, ...config }, backend, reporter, abort.signal)).rejects.toMatchObject({
      code: 'cancelled',
    })
    const stages = join(folder, 'stages')
    const [checkpoint] = readdirSync(stages).filter((name) => name.startsWith('baseline+epoch-'))
    const curve = JSON.parse(readFileSync(join(stages, 'baseline.json'), 'utf8'))
    expect(curve).toHaveLength(1)
    return { checkpoint: join(stages, checkpoint!), curve }
  }

  it('ends in the weights and the curve of one that was never interrupted, and begins nothing anew', async () => {
    const whole = await runTrain({ folder: temporaryFolder(), ...config }, backend, silent, never)
    const resumeFrom = await oneEpoch()
    const epochs: number[] = []
    const reporter = {
      ...silent,
      metric: (_stage: string, epoch: number, values: object) => {
        if ('validationAccuracy' in values) epochs.push(epoch)
      },
    }
    const resumed = await runTrain({ folder: temporaryFolder(), ...config, resumeFrom }, backend, reporter, never)
    expect(epochs).toEqual([2])
    expect(withoutWaiting(resumed)).toEqual(withoutWaiting(whole))
  })

  it('refuses the checkpoint of a training with other settings', async () => {
    const resumeFrom = await oneEpoch()
    const other = { ...config, seed: 6 }
    await expect(
      runTrain({ folder: temporaryFolder(), ...other, resumeFrom }, backend, silent, never),
    ).rejects.toMatchObject({ code: 'bad-usage' })
  })
})
