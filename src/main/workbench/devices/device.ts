import { randomUUID } from 'node:crypto'
import { connect } from '#common/contract/channel.ts'
import type { CheckResult, InferenceContract, InputType } from '#common/contract/inference.ts'
import { inferenceContract } from '#common/contract/inference.ts'
import type { Conditions, DeviceInfo, Time } from '#common/contract/result.ts'
import { client } from '#common/contract/rpc.ts'
import { CodedError, fromErrorShape, toErrorShape } from '#common/errors.ts'
import type { Sample, TimingRule } from '#common/measurement/timingLoop.ts'
import { withinTolerance } from '../../../system/inference/agreement.ts'
import { assertPossible } from './claimedTime.ts'
import type { Cooperation } from './cooperation.ts'
import { cooperationOf } from './cooperation.ts'
import { deathOf } from './death.ts'
import type { PowerOfDevice } from './energy.ts'
import { powerOf } from './energy.ts'
import { deviceError, printable, printableDeep } from './printable.ts'
import type { PushProgress } from './push.ts'
import { pushFiles } from './push.ts'
import { SampleCollector } from './sampleCollector.ts'
import type { DeployedSide, ProfileResult, Timing, TimingsTogether, TimingWatch, TimingWork } from './timing.ts'
import { timeParams } from './timing.ts'
import type { Forwarding, Transport } from './transport.ts'

export type { DeployedSide, Timing, TimingsTogether, TimingWork } from './timing.ts'

export interface Device {
  readonly info: Omit<DeviceInfo, 'conditions'>
  /** What its agent can give to a head. */
  readonly inputTypes: readonly InputType[]
  /** Whether models may share a file of weights there. */
  readonly sharedWeights: boolean
  /** Where its agent keeps its files, if that is a folder of this computer. */
  readonly store: string | undefined
  /** How times from this device are to be labelled. */
  readonly source: Time['source']
  conditions(signal?: AbortSignal): Promise<Conditions>
  /** Returns the SHA-256 of every path; sends only what is not there. */
  pushFiles(
    paths: readonly string[],
    onProgress: (progress: PushProgress) => void,
    signal: AbortSignal,
  ): Promise<Map<string, string>>
  /** Removes files there that nobody will want again, as far as its agent can. */
  dropFiles(hashes: readonly string[]): Promise<void>
  /**
   * Compares with the trainer's outputs; `ok` false is a result, not an error. `keep`: the side stays loaded, because it is
   * timed next.
   */
  check(deployed: DeployedSide, signal: AbortSignal, options?: { keep: boolean }): Promise<CheckResult>
  /** One side alone. `onSamples` gets every batch as it arrives, so that raw samples survive whatever comes after. */
  time(
    deployed: DeployedSide,
    rule: TimingRule,
    onSamples: (samples: Sample[]) => void,
    signal: AbortSignal,
  ): Promise<Timing>
  /** Several sides in turns, so that drift of the machine hits all of them alike. */
  timeTogether(work: TimingWork, watch: TimingWatch, signal: AbortSignal): Promise<TimingsTogether>
  /** Times of single operators, by the runtime's own profiler: it costs a little and is no measure of the whole. */
  profile(
    deployed: DeployedSide,
    rule: { seconds: number; minIterations: number },
    signal: AbortSignal,
  ): Promise<ProfileResult>
  /** Told while another job has the device: process id there, and since when. Returns the function that ends it. */
  onWaiting(listener: (holder: { pid: number; since: string }) => void): () => void
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
  /** Calls under way that a sign of life prolongs: whoever waits for another job says so. */
  const waiting = new Set<() => void>()
  rpc.on('waiting', () => {
    for (const alive of waiting) alive()
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
    const alive = (): void => {
      clearTimeout(silence)
      silence = setTimeout(hung, silenceMs)
    }
    waiting.add(alive)
    heard?.(alive)
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
      waiting.delete(alive)
      clearTimeout(silence)
      clearTimeout(grace)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async function timeTogether(work: TimingWork, watch: TimingWatch, signal: AbortSignal): Promise<TimingsTogether> {
    const timing = randomUUID()
    const params = timeParams(work)
    const collector = new SampleCollector({ ...params, sides: work.sides.length, patienceMs: silenceMs })
    const during: TimingsTogether['during'] = []
    let alive = (): void => {}
    /** What arrives is not to be believed, and whoever listens may fail: both end the timing. */
    const guarded = (work: () => void): void => {
      try {
        work()
        alive()
      } catch (error) {
        give(error instanceof CodedError ? deviceError(name, error, false) : fromErrorShape(toErrorShape(error)))
      }
    }
    const stops = [
      rpc.on('samples', (batch) => {
        if (batch.timing !== timing) return
        guarded(() => {
          const block = collector.add(batch)
          watch.onBlock?.(block)
        })
      }),
      rpc.on('conditions', (event) => {
        if (event.timing !== timing) return
        guarded(() => {
          const reading = { atMs: event.atMs, conditions: printableDeep(event.conditions) }
          collector.addConditions(event.atMs)
          during.push(reading)
          watch.onConditions?.(reading)
        })
      }),
    ]
    try {
      const result = await call('time', { ...params, sides: [...work.sides], timing }, signal, (listener) => {
        alive = listener
      })
      collector.finish(result)
      return {
        sides: result.sides.map(({ warmup, steady }, side) => ({ samples: collector.samples[side]!, warmup, steady })),
        before: printableDeep(result.before),
        after: printableDeep(result.after),
        during,
        clockResolutionMs: result.clockResolutionMs,
      }
    } finally {
      for (const stop of stops) stop()
    }
  }

  const { inputTypes, sharedWeights, ...facts } = await call('hello', { protocol: 1 }).catch(async (error) => {
    await channel.close()
    throw error
  })
  const info = { ...printableDeep(facts), name, kind }

  return {
    info,
    inputTypes,
    sharedWeights,
    store: transport.store,
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
        transport.bytesPerSecond,
      ),
    async dropFiles(hashes) {
      // An agent from before float32 inputs does not know how: there they stay.
      if (inputTypes.includes('float32') && hashes.length > 0) await call('drop', { hashes: [...hashes] })
    },
    async check(deployed, signal, { keep } = { keep: false }) {
      const result = printableDeep(await call('check', { ...deployed, keep }, signal))
      const within = withinTolerance(deployed.side, deployed.split, result)
      if (result.ok !== (result.reason === null) || (result.ok && !within)) {
        throw new CodedError('protocol-violated', `Device ${name}: its check says yes and no at once.`)
      }
      return result
    },
    async time(deployed, rule, onSamples, signal) {
      const work = { sides: [deployed], rule, rounds: 1 }
      const { sides, ...rest } = await timeTogether(
        work,
        { onBlock: ({ samples }) => samples.length > 0 && onSamples(samples) },
        signal,
      )
      const { samples, warmup, steady } = sides[0]!
      const { before, after, clockResolutionMs } = rest
      const modelMs = samples.map((sample) => sample.modelMs)
      return {
        modelMs,
        codecMs: samples.map(({ codecMs }) => codecMs),
        warmup,
        steady,
        before,
        after,
        clockResolutionMs,
      }
    },
    timeTogether,
    async profile(deployed, rule, signal) {
      const began = performance.now()
      const result = printableDeep(await call('profile', { ...deployed, ...rule }, signal))
      const { runs, nodes } = result
      if (runs < rule.minIterations) {
        throw new CodedError('protocol-violated', `Device ${name} profiled ${runs} of ${rule.minIterations} runs.`)
      }
      assertPossible(name, runs * nodes.reduce((sum, { meanMs }) => sum + meanMs, 0), performance.now() - began)
      return result
    },
    onWaiting: (listener) => rpc.on('waiting', ({ pid, since }) => listener({ pid, since: printable(since) })),
    cooperation: cooperationOf({
      name,
      request: call,
      listening: (heard) => (method, params, signal) => call(method, params, signal, heard),
      on: rpc.on,
      give: (error) => give(deviceError(name, fromErrorShape(toErrorShape(error)), false)),
      violated: (what) => new CodedError('protocol-violated', `Device ${name} ${what}.`),
    }),
    power: powerOf({
      name,
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
