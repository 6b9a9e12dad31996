import { basename } from 'node:path'
import type { z } from 'zod'
import type { trainerContract } from '#common/contract/trainer.ts'
import { importOnnx } from '#common/formats/onnx/import/index.ts'
import { totalCost } from '#common/network/cost.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { formatDuration } from '#common/units.ts'
import { externalReader, readOnnxFile } from '../../../system/onnxFiles.ts'
import type { Reporter } from '../experiment/workshop.ts'
import { saveModel } from '../model/store.ts'
import { exportNetwork } from '../onnx/export.ts'
import { verify } from './verify.ts'

type Contract = (typeof trainerContract)['requests']['import']

/** Name of the re-exported network in a model folder. */
const networkFile = 'model.onnx'

/**
 * `splitbench import`: an ONNX file of others becomes a model folder, `network.json`, `weights.safetensors` and the network
 * as `model.onnx`. It is written only where ONNX Runtime computes the same with both files.
 */
export async function runImport(
  params: z.output<Contract['params']>,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<z.input<Contract['result']>> {
  const { file, out, name, mean, std, pixels, size, output } = params
  const step = (phase: string, title: string, done: number, total: number, unit = 'steps', etaS?: number): void =>
    reporter.progress({ phase, title, unit, done, total, ...(etaS === undefined ? {} : { etaS }) })

  step('read', `Reading ${basename(file)}`, 0, 1)
  const bytes = readOnnxFile(file)
  const imported = importOnnx(bytes, {
    ...{ file, name, external: externalReader(file) },
    ...{ mean: mean ?? undefined, std: std ?? undefined, pixels: pixels ?? undefined },
    ...{ size: size ?? undefined, output: output ?? undefined },
  })
  step('read', `Reading ${basename(file)}`, 1, 1)
  // Lets a cancel through: what follows is computed in one go.
  await new Promise((resolve) => setImmediate(resolve))
  signal.throwIfAborted()

  const { model, notes } = imported
  const exported = exportNetwork(model)
  const began = performance.now()
  const { isConstant, ...check } = await verify(
    file,
    exported,
    imported,
    (done, total) => {
      const elapsed = (performance.now() - began) / 1000
      const left = done === 0 ? undefined : (elapsed / done) * (total - done)
      step('check', 'Comparing with the original', done, total, 'images', left)
    },
    signal,
  )
  if (isConstant) {
    notes.push('The original gives one and the same output for all random images: that the two agree says little.')
  }
  step('write', 'Writing the model', 0, 1)
  const { network } = model
  const { height, width } = imported.image.shape
  const result = {
    network: {
      ...{ name: network.name, classes: network.classes, height, width, layers: network.layers.length },
      ...{ mean: [...network.mean], std: [...network.std] },
      ...totalCost(network),
    },
    points: partitionPoints(network).map((point) => point.name),
    files: ['network.json', 'weights.safetensors', networkFile],
    check,
    notes,
  }
  await saveModel(out, model, { [networkFile]: exported })
  step('write', 'Writing the model', 1, 1)
  reporter.log('info', `Compared in ${formatDuration((performance.now() - began) / 1000)}.`)
  return result
}
