/**
 * A training step (forward, backward, SGD with Nesterov momentum and weight decay) of 128 images of 32×32 pixels, ours
 * and PyTorch's in one run. Ours begins with the bytes, PyTorch's with floats that lie ready.
 *
 *   npm run bench:train -- [--only vgg16-w0.25,…] [--rounds 8] [--threads 2] [--json]
 */
import { rule } from './trainer/ours.ts'
import { sideBySide } from './trainer/sideBySide.ts'

await sideBySide('train', 128, (executor, images, labels) => executor.trainStep(images, labels, rule))
process.exit()
