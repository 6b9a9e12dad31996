import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TwoStepConfig } from '#common/contract/config.ts'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { partitionPoints } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { sha256 } from '../../../system/hash.ts'
import type { ByteForm } from '../candidates/bytes.ts'
import { spread } from '../candidates/images.ts'
import { accuracyThroughBytes, writeCandidate, writeForTiming } from '../candidates/write.ts'
import { insertCodec } from '../codecs/insert.ts'
import type { HeadForm, Lab, Staged } from '../frameworks/lab.ts'
import { weightsHash } from '../model/store.ts'
import { createExecutor } from '../training/executor.ts'
import { fitLayers } from './fit.ts'
import { scoreGroups } from './scoring.ts'
import type { Stages } from './stages.ts'
import type { TimeAsker } from './timeAsker.ts'
import type { Workshop } from './workshop.ts'
import { fineTune, validationAccuracy } from './workshop.ts'

export interface LaboratoryOptions {
  /** The run's folder; candidates go to `candidates/<id>/` in it. */
  folder: string
  stages: Stages
  times: Pick<TimeAsker, 'ask'>
  twoStep: TwoStepConfig
  baseline: Staged & { testAccuracy: number }
}

/**
 * The lab of a comparison: every step that it finishes is stored, and nothing is computed twice. `imageEpochs`: how many
 * images went through training steps so far, those of stored steps counted as if they had been trained anew, however often
 * a recipe asks for one.
 */
export function createLab(
  shop: Workshop,
  { folder, stages, times, twoStep, baseline }: LaboratoryOptions,
): { lab: Lab; imageEpochs(): number } {
  const baselineHash = weightsHash(baseline.model)
  let spent = 0
  const counted = new Set<string>()
  const trained = <T>(epochs: number, work: Promise<T>): Promise<T> => {
    spent += epochs * shop.dataset.train.count
    return work
  }
  const lab: Lab = {
    async stage(key, compute) {
      const stored = await stages.model(key)
      if (stored) {
        if (!counted.has(key)) spent += stored.imageEpochs
        counted.add(key)
        return stored
      }
      shop.signal.throwIfAborted()
      const before = spent
      const model = await compute()
      const staged = { model, validationAccuracy: await validationAccuracy(shop, model) }
      await stages.storeModel(key, { ...staged, imageEpochs: spent - before })
      counted.add(key)
      return staged
    },
    forget: (prefix) => stages.forget(prefix),
    fit: (model, options) => trained(options.epochs, fitLayers(shop, model, options)),
    insert: (model, point, codec, stream) =>
      insertCodec(model, pointNamed(model, point), codec, random(shop.seed, stream, 'codec').below(2 ** 31)),
    features: (model, layer, count) => featuresOf(shop, model, layer, count),
    random: (stream) => random(shop.seed, stream),
    fineTune: (model, options) => trained(options.epochs, fineTune(shop, model, options)),
    score: (model, groups, stream, criterion = 'taylor', until) =>
      scoreGroups(shop, model, groups, {
        criterion,
        images: twoStep.scoreImages,
        flopsRegulariser: twoStep.flopsRegulariser,
        stream,
        until,
      }),
    time: (model, { point, form, head = 'dense' }) => {
      const structure = structureHash(model, keyOf(form, undefined, head), point)
      return stages.once(`time/${structure}`, async () => {
        const name = `timed-${structure}`
        const request = { model, point: pointNamed(model, point), form, head, framework: 'timing' }
        const at = join('stages', name)
        const files = await writeForTiming(shop.backend, folder, at, { ...request, calibration: shop.dataset.train })
        const answer = await times.ask(`a split at ${point}`, files, shop.signal)
        await rm(join(folder, at), { recursive: true, force: true })
        return answer
      })
    },
    async throughBytes(model, { point, form, bytes, head = 'dense' }) {
      const key = `bytes/${[weightsHash(model).slice(0, 12), point, ...keyOf(form, bytes, head)].join('-')}`
      return stages.once(key, () => {
        const request = { model, point: pointNamed(model, point), form, head, framework: 'coding' }
        const { train, validation } = shop.dataset
        const split = { ...request, ...(bytes && { bytes }), calibration: train }
        return accuracyThroughBytes(shop.backend, split, validation, shop)
      })
    },
    async export(model, request) {
      const { framework, step, point, form, bytes, head } = request
      const hash = weightsHash(model)
      if (!request.untouched) refuseUnpruned(framework, step, hash, baselineHash)
      const key = `candidate/${[framework, step ?? 'only', point, ...keyOf(form, bytes, head), hash.slice(0, 12)].join('-')}`
      const stored = await stages.record<UntimedCandidate>(key)
      if (stored && existsSync(join(folder, stored.files.head))) return stored
      shop.signal.throwIfAborted()
      const candidate = await writeCandidate({
        folder,
        model,
        point: pointNamed(model, point),
        form,
        ...(bytes ? { bytes } : {}),
        ...(head ? { head } : {}),
        framework,
        step,
        seed: shop.seed,
        backend: shop.backend,
        calibration: shop.dataset.train,
        test: shop.dataset.test,
        baselineAccuracy: baseline.testAccuracy,
        validationAccuracy: request.validationAccuracy,
      })
      await stages.storeRecord(key, candidate)
      return candidate
    },
    progress: (phase, title, unit, done, total, detail) =>
      shop.reporter.progress({ phase, title, unit, done, total, detail }),
    metric: (stage, step, values) => shop.reporter.metric(stage, step, values),
    log: (text) => shop.reporter.log('info', text),
  }
  return { lab, imageEpochs: () => spent }
}

/** What decides how long a split takes: its layers and where it is cut, whatever the weights. */
const structureHash = ({ network }: Model, [form, ...head]: readonly string[], point: string): string =>
  sha256(JSON.stringify([network.layers, point, form, ...head])).slice(0, 16)

/** Of the stored candidate: forms without byte coding keep the names that they had before there was any. */
const keyOf = (form: string, bytes: ByteForm | undefined, head: HeadForm = 'dense'): string[] => [
  form,
  ...(bytes ? Object.values(bytes).map(String) : []),
  ...(head === 'dense' ? [] : [head]),
]

async function featuresOf({ backend, dataset }: Workshop, model: Model, layer: string, count: number) {
  const images = spread(dataset.train, count)
  const executor = createExecutor(backend, model)
  try {
    return executor.features(images, count, [layer]).get(layer)!
  } finally {
    executor.dispose()
  }
}

/** Frameworks that leave the network as it is. */
const unpruned = new Set(['only-splitting', 'cloud-only'])

/** A pruning framework whose candidate has the baseline's weights has pruned nothing: that is never a result. */
export function refuseUnpruned(framework: string, step: string | null, hash: string, baselineHash: string): void {
  if (!unpruned.has(framework) && hash === baselineHash) {
    throw new CodedError(
      'check-failed',
      `A candidate of ${framework}${step ? ` (${step})` : ''} has the weights of the unpruned baseline.`,
      'This is a defect of the recipe: nothing was pruned. Please report it.',
    )
  }
}

export function pointNamed(model: Model, name: string) {
  const points = partitionPoints(model.network)
  const point = points.find((one) => one.name === name)
  if (!point) {
    throw new CodedError(
      'unknown-name',
      `Unknown partition point "${name}".`,
      `Points of this network: ${points.map((one) => one.name).join(', ')}.`,
    )
  }
  return point
}
