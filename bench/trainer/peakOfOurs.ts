/** Trains a few steps of VGG16 w 1.0 and prints the process' largest resident set in bytes. Run as a program. */
import { loadBackend } from '../../src/main/trainer/backend/index.ts'
import { caseNamed } from './networks.ts'
import { batchFor, executorFor, rule } from './ours.ts'

const [threads, steps, batch] = process.argv.slice(2).map(Number)
const { network } = caseNamed('vgg16-w1.0')
const executor = executorFor(await loadBackend({ threads: threads! }), network)
const { images, labels } = batchFor(network, batch!)
for (let step = 0; step < steps!; step++) executor.trainStep(images, labels, rule)
console.log(process.resourceUsage().maxRSS * 1024)
process.exit()
