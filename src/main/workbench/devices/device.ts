import { randomUUID } from 'node:crypto'
import { connect } from '#common/contract/channel.ts'
import type { CheckResult, InferenceContract, Side } from '#common/contract/inference.ts'
import { inferenceContract } from '#common/contract/inference.ts'
import type { Conditions, DeviceInfo, Time } from '#common/contract/result.ts'
import { client } from '#common/contract/rpc.ts'
import type { Split } from '#common/contract/split.ts'
import { CodedError, fromErrorShape, toErrorShape } from '#common/errors.ts'
import type { Sample, TimingRule } from '#common/measurement/timingLoop.ts'
import type { Cooperation } from './cooperation.ts'
import { cooperationOf } from './cooperation.ts'
import { deathOf } from './death.ts'
import type { PowerOfDevice } from './energy.ts'
import { powerOf } from './energy.ts'
import { deviceError, printableDeep } from './printable.ts'
import type { PushProgress } from './push.ts'
import { pushFiles } from './push.ts'
import { SampleCollector } from './sampleCollector.ts'
import type { Forwarding, Transport } from './transport.ts'

/** One side of a split as the device knows it: files by their hash, pushed before. */
export interface DeployedSide {
  side: Side
  model: string
  check: string
  split: Split
  threads: number
}

export interface Timing {
  /** In the order they were taken, in ms. */
  modelMs: number[]
  codecMs: number[]
  warmup: number
  /** Whether the runs had settled when the first sample was taken. */
  steady: boolean
  before: Conditions
  after: Conditions
  clockResolutionMs: number
}

export interface Device {
  readonly info: Omit<DeviceInfo, 'conditions'>
  /** How times from this device are to be labelled. */
  readonly source: Time['source']
  conditions(signal?: AbortSignal): Promise<Conditions>
  /** Returns the SHA-256 of every path; sends only what is not there. */
  pushFiles(
    paths: readonly string[],
    onProgress: (progress: PushProgress) => void,
    signal: AbortSignal,
  ): Promise<Map<string, string>>
  /** Compares with the trainer's outputs; `ok` false is a result, not an error. */
  check(deployed: DeployedSide, signal: AbortSignal): Promise<CheckResult>
  /** `onSamples` gets every batch as it arrives, so that raw samples survive whatever comes after. */
  time(
    deployed: DeployedSide,
    rule: TimingRule,
    onSamples: (samples: Sample[]) => void,
    signal: AbortSignal,
  ): Promise<Timing>
  /** Real cooperative inference, as either end. */
  readonly cooperation: Cooperation
  /** What it draws, and what a head costs it. */
  readonly power: PowerOfDevice
  /** Ports of the device's loopback, where the way to it carries them. */
  readonly forwarding: Forwarding | undefined
  /** Ends the agent and waits until it is gone. */
  close(): Promise<void>
}

export interface DeviceLimits {
  /** A device that says nothing for so long while an answer is due is given up. */
  silenceMs: number
  /** A cancelled request whose answer has not come by then: the agent is killed (architecture rule 11). */
  cancelMs: number
}
const defaultLimits: DeviceLimits = { silenceMs: 120_000, cancelMs: 3000 }

/** What an agent sends is small; only what it receives is not. */
const maxReceivedBytes = 1024 * 1024

/**
 * Starts the agent behind `transport` and asks for its facts. Whatever the agent does (dies, hangs, lies), a call ends
 * with a result that keeps to the protocol or with a `CodedError`: `device-failed`, `device-unsupported`,
 * `protocol-violated`, `timing-refused`, `check-failed`, or `cancelled`.
 */
export async function connectDevice(transport: Transport, limits: Partial<DeviceLimits> = {}): Promise<Device> {
  const { silenceMs, cancelMs } = { ...defaultLimits, ...limits }
  const { name, kind } = transport
  const channel = await transport.open()
  const connection = connect(channel, maxReceivedBytes)
  /** Errors that were made here, about the device, rather than sent by it. */
  const ours = new WeakSet<CodedError>()
  const own = (error: CodedError): CodedError => {
    ours.add(error)
    return error
  }
  const give = (error: CodedError): void => {
    connection.dispose(own(error))
    channel.kill()
  }
  const rpc = client(
    connection,
    inferenceContract,
    () => own(deathOf(name, channel)),
    (error) => give(deviceError(name, error, false)),
  )
  connection.onClose((reason) => {
    if (reason) channel.kill()
  })
  connection.listen()

  /** A request with its two deadlines: silence, and the time that a cancellation may take. */
  async function call<M extends keyof InferenceContract['requests']>(
    method: M,
    params: Parameters<typeof rpc.request<M>>[1],
    signal?: AbortSignal,
    heard?: (alive: () => void) => void,
  ) {
    if (signal?.aborted) throw new CodedError('cancelled', 'Cancelled.')
    const hung = (): void =>
      give(
        new CodedError(
          'device-failed',
          `Device ${name}: no answer for ${Math.round(silenceMs / 1000)} s.`,
          'Check that the device is running and reachable, then run the same command again.',
        ),
      )
    let silence = setTimeout(hung, silenceMs)
    heard?.(() => {
      clearTimeout(silence)
      silence = setTimeout(hung, silenceMs)
    })
    let grace: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      grace = setTimeout(() => give(new CodedError('cancelled', 'Cancelled.')), cancelMs)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await rpc.request(method, params, signal)
    } catch (error) {
      const coded = error instanceof CodedError ? error : fromErrorShape(toErrorShape(error))
      throw ours.has(coded) ? coded : deviceError(name, coded, signal?.aborted ?? false)
    } finally {
      clearTimeout(silence)
      clearTimeout(grace)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  const facts = await call('hello', { protocol: 1 }).catch(async (error) => {
    await channel.close()
    throw error
  })
  const info = { ...printableDeep(facts), name, kind }

  return {
    info,
    source: kind === 'simulated' ? 'modelled' : info.emulated ? 'emulated' : 'measured',
    conditions: async (signal) => printableDeep(await call('conditions', {}, signal)),
    pushFiles: (paths, onProgress, signal) =>
      pushFiles(
        paths,
        {
          missing: async (hashes) => (await call('missing', { hashes }, signal)).files,
          push: (chunk) => call('push', chunk, signal),
        },
        onProgress,
        signal,
      ),
    async check(deployed, signal) {
      const result = printableDeep(await call('check', deployed, signal))
      if (result.ok !== (result.reason === null)) {
        throw new CodedError('protocol-violated', `Device ${name}: its check says yes and no at once.`)
      }
      return result
    },
    async time(deployed, rule, onSamples, signal) {
      const timing = randomUUID()
      const collector = new SampleCollector(rule)
      let alive = (): void => {}
      const stop = rpc.on('samples', (batch) => {
        if (batch.timing !== timing) return
        try {
          const samples = collector.add(batch)
          alive()
          if (samples.length > 0) onSamples(samples)
        } catch (error) {
          give(error instanceof CodedError ? deviceError(name, error, false) : fromErrorShape(toErrorShape(error)))
        }
      })
      try {
        const result = await call('time', { ...deployed, ...rule, timing }, signal, (listener) => {
          alive = listener
        })
        collector.finish(result)
        const { warmup, steady, clockResolutionMs } = result
        const [before, after] = [printableDeep(result.before), printableDeep(result.after)]
        const { modelMs, codecMs } = collector
        return { modelMs, codecMs, warmup, steady, before, after, clockResolutionMs }
      } finally {
        stop()
      }
    },
    cooperation: cooperationOf({
      request: call,
      listening: (heard) => (method, params, signal) => call(method, params, signal, heard),
      on: rpc.on,
      give: (error) => give(deviceError(name, fromErrorShape(toErrorShape(error)), false)),
      violated: (what) => new CodedError('protocol-violated', `Device ${name} ${what}.`),
    }),
    power: powerOf({
      request: call,
      on: rpc.on,
      violated: (what) => new CodedError('protocol-violated', `Device ${name} ${what}.`),
    }),
    forwarding: channel.forwarding,
    async close() {
      await channel.close()
      connection.dispose()
    },
  }
}
