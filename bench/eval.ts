/**
 * Evaluation (running statistics, no gradients) of 256 images of 32×32 pixels, ours and PyTorch's in one run. Ours begins
 * with the bytes and ends with logits in JavaScript, PyTorch's begins with floats that lie ready.
 *
 *   npm run bench:eval -- [--only vgg16-w0.25,…] [--rounds 8] [--threads 2] [--json]
 */
import { sideBySide } from './trainer/sideBySide.ts'

await sideBySide('eval', 256, (executor, images, labels) => executor.predict(images, labels.length))
process.exit()
