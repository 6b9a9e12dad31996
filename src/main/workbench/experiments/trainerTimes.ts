import type { CompareConfig } from '#common/contract/config.ts'
import type { Time, UntimedCandidate } from '#common/contract/result.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { TrainerContract } from '#common/contract/trainer.ts'
import { toErrorShape } from '#common/errors.ts'
import { modelledDeviceTime } from '#common/latency/compose.ts'
import type { Device } from '../devices/device.ts'
import type { Ends } from './ends.ts'
import { timeCandidates } from './timing.ts'

export interface TrainerTimesRequest {
  /** The run's working folder. */
  folder: string
  config: CompareConfig
  ends: Ends
  signal: AbortSignal
  onLog(level: 'warn' | 'info', text: string): void
}

/** A search asks often, and what it is told orders designs only: those that become candidates are timed by the profile's rule. */
const mostSeconds = 0.3
const mostIterations = 20

/**
 * Answers a trainer that asks what a split takes (`lab.time`): device and server are connected at the first question and
 * stay so until `close`. One question at a time, while the trainer waits, so that its work is no load beside the timing.
 */
export function answerTimes(client: Client<TrainerContract>, request: TrainerTimesRequest): { close(): Promise<void> } {
  const { config, ends, signal } = request
  let sides: { device: Device; server: Device } | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function connected(): Promise<{ device: Device; server: Device }> {
    if (sides) return sides
    const device = await ends.connectDevice()
    try {
      sides = { device, server: await ends.connectServer() }
    } catch (error) {
      await device.close()
      throw error
    }
    return sides
  }

  async function answer(ask: number, title: string, files: UntimedCandidate['files']): Promise<void> {
    try {
      const times = await timeSplit(title, files, await connected(), request)
      await client.request('timed', { ask, times, failure: null }, signal)
    } catch (error) {
      if (signal.aborted) return
      const { code, message, hint } = toErrorShape(error)
      await client
        .request('timed', { ask, times: null, failure: { code, message, ...(hint && { hint }) } }, signal)
        // A trainer that is gone has said so by failing what it was asked for.
        .catch(() => {})
    }
  }

  const stop = client.on('time', ({ ask, title, files }) => {
    last = last.then(() => answer(ask, title, files))
  })
  return {
    async close() {
      stop()
      await last
      await sides?.server.close()
      await sides?.device.close()
    },
  }

  async function timeSplit(
    title: string,
    files: UntimedCandidate['files'],
    { device, server }: { device: Device; server: Device },
    { folder, onLog }: TrainerTimesRequest,
  ): Promise<{ device: Time; server: Time }> {
    const { seconds, minIterations } = config.timing
    const { times } = await timeCandidates({
      ...{ folder, device, server, signal, onLog, seed: config.seed },
      candidates: [{ id: title, framework: title, step: null, partitionPoint: '', codec: '', files }],
      timing: {
        ...config.timing,
        seconds: Math.min(seconds, mostSeconds),
        minIterations: Math.min(minIterations, mostIterations),
      },
      onProgress: () => {},
    })
    const found = times.get(title)!
    return {
      device: config.gamma === null ? found.device! : modelledDeviceTime(found.device!, config.gamma),
      server: found.server!,
    }
  }
}
