import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Calibration } from '#common/contract/calibration.ts'
import type { Progress } from '#common/contract/job.ts'
import { CodedError } from '#common/errors.ts'
import type { LayerSample } from '#common/latency/regressors.ts'
import { fitRegressors, predictLeftOut } from '#common/latency/regressors.ts'
import type { SyntheticLayer } from '#common/latency/sweep.ts'
import { calibrationLayers } from '#common/latency/sweep.ts'
import { mean } from '#common/measurement/statistics.ts'
import { orderOfRound } from '#common/measurement/timingLoop.ts'
import { formatBytes } from '#common/units.ts'
import { storeCalibration } from '../devices/calibrations.ts'
import type { Device } from '../devices/device.ts'
import type { DeployedSide } from '../devices/timing.ts'
import { layerFiles, layerOutput } from './layerFile.ts'

export interface CalibrateRequest {
  device: Device
  threads: number
  seed: number
  signal: AbortSignal
  onProgress(progress: Progress): void
}

/** Every layer twice, in another order each time: what drifts meanwhile is no property of a layer. */
const passes = 2
const rule = { seconds: 0.15, minIterations: 15 } as const

/**
 * Times single layers of many shapes on a device by its runtime's profiler, fits the regressors of frameworks.md §4.3 to
 * them and stores both for this device and runtime. Throws `component-missing` where the runtime has no profiler, and
 * `device-unsupported` for a simulated device.
 */
export async function calibrateDevice(request: CalibrateRequest): Promise<{ calibration: Calibration; path: string }> {
  const { device, seed, signal, onProgress } = request
  if (device.source === 'modelled') {
    throw new CodedError(
      'device-unsupported',
      `Device ${device.info.name} is simulated: single layers have no times there.`,
      'Calibrate a real device.',
    )
  }
  const layers = calibrationLayers(seed)
  const before = await device.conditions(signal)
  const deployed = await deploy(layers, request)
  const taken: { ms: number; errorMs: number }[][] = layers.map(() => [])
  const began = performance.now()
  const total = layers.length * passes
  let done = 0
  for (let pass = 0; pass < passes; pass++) {
    for (const index of orderOfRound(seed, pass, layers.length)) {
      const left = ((performance.now() - began) / 1000 / Math.max(1, done)) * (total - done)
      const detail = `${layers[index]!.title} on ${device.info.name}`
      onProgress({ ...phase, done, total, detail, share: done / total, etaS: done > 0 ? left : null })
      const { nodes } = await device.profile(deployed[index]!, rule, signal)
      const own = nodes.filter(({ name }) => name.startsWith(layerOutput))
      const ms = own.reduce((sum, { meanMs }) => sum + meanMs, 0)
      if (ms > 0) taken[index]!.push({ ms, errorMs: Math.hypot(...own.map(({ errorMs }) => errorMs)) })
      done++
    }
  }
  onProgress({ ...phase, done: total, total, detail: '', share: 1, etaS: 0 })
  const calibration = fitted(layers, taken, request, { before, after: await device.conditions(signal) })
  return { calibration, path: await storeCalibration(device.info, calibration) }
}

const phase = { phase: 'calibrate', title: 'Timing single layers', unit: 'layers' } as const

function fitted(
  layers: readonly SyntheticLayer[],
  taken: readonly { ms: number; errorMs: number }[][],
  { device, threads, seed }: CalibrateRequest,
  conditions: Pick<Calibration, 'before' | 'after'>,
): Calibration {
  const timed = layers.flatMap((layer, index) => {
    const times = taken[index]!
    // What takes less than the profiler's step (1 µs) has no time.
    if (times.length === 0) return []
    return [
      {
        title: layer.title,
        ...layer.work,
        ms: mean(times.map(({ ms }) => ms)),
        errorMs: Math.hypot(...times.map(({ errorMs }) => errorMs)) / times.length,
      },
    ]
  })
  const samples: LayerSample[] = timed.map(({ kind, features, ms }) => ({ kind, features, ms }))
  const leftOut = predictLeftOut(samples)
  const { name, board, cpu, runtime } = device.info
  return {
    protocol: 1,
    device: { name, board, cpu, runtime },
    source: device.source,
    threads,
    seed,
    at: new Date().toISOString(),
    ...conditions,
    samples: timed.map((sample, index) => ({ ...sample, leftOutMs: leftOut[index]! })),
    regressors: fitRegressors(samples),
  }
}

async function deploy(
  layers: readonly SyntheticLayer[],
  { device, threads, signal, onProgress }: CalibrateRequest,
): Promise<DeployedSide[]> {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-layers-'))
  try {
    const files = []
    for (const [index, layer] of layers.entries()) {
      const { model, check, split } = layerFiles(layer)
      const paths = { model: join(folder, `${index}.onnx`), check: join(folder, `${index}.safetensors`) }
      await writeFile(paths.model, model)
      await writeFile(paths.check, check)
      files.push({ ...paths, split })
    }
    const hashes = await device.pushFiles(
      files.flatMap(({ model, check }) => [model, check]),
      ({ done, total, etaS }) =>
        onProgress({
          phase: 'push',
          title: `Sending layers to ${device.info.name}`,
          unit: 'bytes',
          done,
          total,
          detail: `${formatBytes(done)} of ${formatBytes(total)}`,
          share: total > 0 ? done / total : 1,
          etaS,
        }),
      signal,
    )
    return files.map(({ model, check, split }) => ({
      side: 'head' as const,
      model: hashes.get(model)!,
      check: hashes.get(check)!,
      split,
      threads,
    }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
