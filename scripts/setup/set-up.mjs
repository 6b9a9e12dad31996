// The steps of set-up, in order. Each knows from the disk whether it is done; when all are, this takes milliseconds.
import { join } from 'node:path'
import { buildOut, outIsCurrent } from './build-out.mjs'
import { SetupError } from './console.mjs'
import { launch } from './launch.mjs'
import { withLock } from './lock.mjs'
import { installNpmPackages, npmPackagesReady } from './npm-packages.mjs'
import { checkoutKey, projectNode, root } from './paths.mjs'
import { setUpTensorflow, tensorflowReady, warnWithoutTensorflow } from './tensorflow/index.mjs'

/** @param {import('./commands.mjs').Command} command */
export async function setUp(command) {
  const required = (process.env.SPLITBENCH_REQUIRE ?? '').split(',').includes('tensorflow')
  const retry = command.retry ?? required
  const installed = () => npmPackagesReady() && (!command.tensorflow || tensorflowReady({ retry }))
  if (!installed()) {
    await withLock(`checkout-${checkoutKey}`, async () => {
      if (!npmPackagesReady()) await installNpmPackages()
      requireProjectNode()
      if (command.tensorflow && !tensorflowReady({ retry })) await setUpTensorflow()
    })
    if (command.tensorflow && !command.quiet)
      await launch([join(root, 'scripts', 'setup', 'print-doctor.ts'), '--stderr'])
  }
  requireProjectNode()
  if (command.tensorflow && !command.quiet) warnWithoutTensorflow()
  if (command.build && !outIsCurrent()) {
    await withLock(`build-${checkoutKey}`, async () => {
      if (!outIsCurrent()) await buildOut()
    })
  }
}

function requireProjectNode() {
  if (projectNode() !== undefined) return
  throw new SetupError(
    `There is no npm package of Node 24 for ${process.platform} on ${process.arch}, and the running Node is ${process.versions.node}.`,
    'Install Node 24 or newer from nodejs.org and run the command with it.',
  )
}
