/** Trains VGG16 at width 0.25 for twelve steps on noise and prints the hash of its weights. Run as a program. */
import { random } from '#common/random.ts'
import { loadBackend } from '../../src/main/trainer/backend/index.ts'
import { weightsHash } from '../../src/main/trainer/model/store.ts'
import { initialise } from '../../src/main/trainer/training/initialise.ts'
import { trainModel } from '../../src/main/trainer/training/train.ts'
import { randomBytes, smallVgg } from './randomModel.ts'

const network = smallVgg(0.25)
const rng = random(3, 'noise')
const count = 256
const set = {
  count,
  size: 32,
  channels: 3 as const,
  images: randomBytes(count * 3072, rng),
  labels: Uint16Array.from({ length: count }, () => rng.below(10)),
}
const { model } = await trainModel(await loadBackend({ threads: 2 }), initialise(network, 1), set, {
  training: {
    epochs: 6,
    batchSize: 128,
    schedule: { kind: 'one-cycle', peak: 0.1 },
    momentum: 0.9,
    nesterov: true,
    weightDecay: 5e-4,
    augment: { crop: 4, flip: true },
  },
  epochs: 6,
  seed: 1,
  stream: 'brief',
  mean: network.mean,
})
console.log(weightsHash(model))
