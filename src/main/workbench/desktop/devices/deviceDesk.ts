import { statSync } from 'node:fs'
import type { DeviceRecord, UsbIdentity } from '#common/contract/device.ts'
import type { DeviceItem, DeviceState } from '#common/contract/devices.ts'
import { deviceOf } from '#common/contract/devices.ts'
import type { ErrorShape } from '#common/errors.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import { cardOf } from '../../devices/card.ts'
import type { Device } from '../../devices/device.ts'
import { connectDevice } from '../../devices/device.ts'
import { addDevice, deviceNamed, devicesFile, listDevices, noteSeen, removeDevice } from '../../devices/registry.ts'
import { nameDevice, transportTo } from '../../devices/resolveDevice.ts'
import type { Transport } from '../../devices/transport.ts'
import { chooseHeads, pushHeads } from '../../experiments/deviceHeads.ts'
import { timeOnDevice } from '../../experiments/deviceTime.ts'
import { EventLog } from '../../jobs/eventLog.ts'
import { agentStore } from '../../store/userFile.ts'
import type { JobHooks } from '../job.ts'
import type { DeviceWork } from '../jobDesk.ts'
import type { DeviceSpec } from '../jobSpec.ts'
import { titleOfSpec } from '../jobSpec.ts'
import { readComparisonOf, runFolderOf } from '../runs.ts'
import type { Questions } from './questions.ts'

interface Live {
  /** An open connection that waits for requests. */
  device: Device | undefined
  /** What is being done with it. */
  doing: 'connecting' | 'busy' | undefined
  error: ErrorShape | undefined
}

interface Surroundings {
  runsFolder: string
  questions: Questions
  /** Something of the list has changed. */
  changed(): void
  /** The adapter at a serial address; null: it has none, or it is not known. */
  usbAt(address: string): UsbIdentity | null
  /** Whether the device's serial adapter is known not to be there. */
  unplugged(record: DeviceRecord): boolean
  /** Consoles step aside while a job has their line, and come back. */
  pauseConsole(device: string, job: string): Promise<() => void>
}

/**
 * The devices of this user as the desktop process sees them: what is remembered, what is connected, and the jobs that
 * work on them. Connections are this process' own; the list is shared with every process of the user.
 */
export class DeviceDesk implements DeviceWork {
  readonly #around: Surroundings
  readonly #live = new Map<string, Live>()
  #stamp = ''
  #timer: NodeJS.Timeout | undefined

  constructor(around: Surroundings) {
    this.#around = around
  }

  list(): DeviceItem[] {
    return listDevices().map((record) => this.#item(record))
  }

  async add(name: string, address: string): Promise<DeviceItem> {
    nameDevice(address)
    const record = await addDevice({ name, address, usb: this.#around.usbAt(address) })
    this.#around.changed()
    return this.#item(record)
  }

  async remove(name: string): Promise<void> {
    if (this.#live.get(name)?.doing) throw busy(name)
    await this.disconnect(name)
    await removeDevice(name)
    this.#live.delete(name)
    this.#around.changed()
  }

  async disconnect(name: string): Promise<DeviceItem> {
    const record = deviceNamed(name)
    if (this.#live.get(name)?.doing) throw busy(name)
    await this.release([name])
    this.#of(name).error = undefined
    this.#around.changed()
    return this.#item(record)
  }

  async release(devices: readonly string[]): Promise<void> {
    for (const name of devices) {
      const live = this.#live.get(name)
      const { device } = live ?? {}
      if (!live || !device) continue
      live.device = undefined
      await device.close()
      this.#around.changed()
    }
  }

  onThisComputer(device: string): boolean {
    try {
      return ['local', 'simulated'].includes(deviceNamed(device).kind)
    } catch {
      return true
    }
  }

  async perform(spec: DeviceSpec, hooks: JobHooks): Promise<{ folder: string | null }> {
    const name = deviceOf(spec.job)
    const live = this.#of(name)
    const resume = await this.#around.pauseConsole(name, titleOfSpec(spec))
    live.error = undefined
    try {
      if (spec.job.verb === 'device time') return await this.#time(spec, spec.job.config, hooks)
      const log = new EventLog()
      log.on(hooks.watch)
      log.emit({ kind: 'queued', title: titleOfSpec(spec), command: spec.command })
      log.emit({ kind: 'started', pid: process.pid })
      try {
        await this.#short(spec, hooks, log)
      } catch (error) {
        const shape = hooks.signal.aborted ? { code: 'cancelled' as const, message: 'Cancelled.' } : toErrorShape(error)
        log.emit(shape.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'failed', error: shape })
        throw error
      }
      log.emit({ kind: 'finished' })
      return { folder: null }
    } catch (error) {
      const shape = toErrorShape(error)
      if (shape.code !== 'cancelled' && !hooks.signal.aborted) live.error = shape
      throw error
    } finally {
      live.doing = undefined
      resume()
      this.#around.changed()
    }
  }

  /** Looks once a second whether another process has changed the list, as long as somebody watches. */
  watch(on: boolean): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (!on) return
    this.#stamp = stampOf()
    this.#timer = setInterval(() => {
      const stamp = stampOf()
      if (stamp !== this.#stamp) this.#around.changed()
      this.#stamp = stamp
    }, 1000)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    this.watch(false)
    await this.release([...this.#live.keys()])
  }

  async #short({ job }: DeviceSpec, hooks: JobHooks, log: EventLog): Promise<void> {
    const name = deviceOf(job)
    await this.#with(name, hooks, log, job.verb === 'device connect', async (device) => {
      await remember(name, device, hooks.signal)
      if (job.verb !== 'device push') return
      const comparison = readComparisonOf(this.#around.runsFolder, job.run)
      const { heads } = await chooseHeads(comparison, runFolderOf(this.#around.runsFolder, job.run), job.points)
      let sent = 0
      await pushHeads(
        device,
        heads,
        (done, total, detail, etaS) => {
          sent = total
          const share = total > 0 ? done / total : 1
          const progress = { phase: 'push', title: 'Sending heads', unit: 'bytes', done, total, detail, share, etaS }
          log.emit({ kind: 'progress', progress })
        },
        hooks.signal,
      )
      const text = sent > 0 ? `${heads.length} heads are there; their hashes were checked.` : 'All heads were there.'
      log.emit({ kind: 'log', level: 'info', text })
    })
  }

  async #time(
    spec: DeviceSpec,
    config: Extract<DeviceSpec['job'], { verb: 'device time' }>['config'],
    hooks: JobHooks,
  ): Promise<{ folder: string }> {
    const { runsFolder } = this.#around
    const comparison = readComparisonOf(runsFolder, config.run)
    let close: (() => Promise<void>) | undefined
    try {
      return await timeOnDevice({
        ...hooks,
        config,
        command: spec.command,
        comparison,
        folder: runFolderOf(runsFolder, config.run),
        connect: async (say) => {
          const { device, kept } = await this.#connected(config.device, hooks.signal, ({ title }) => say(title))
          if (!kept) close = () => device.close()
          await remember(config.device, device, hooks.signal)
          return device
        },
      })
    } finally {
      await close?.()
    }
  }

  /** `keep`: a connection that was made for this stays open afterwards. */
  async #with(
    name: string,
    { signal }: JobHooks,
    log: EventLog,
    keep: boolean,
    work: (device: Device) => Promise<void>,
  ): Promise<void> {
    const { device, kept } = await this.#connected(name, signal, ({ title, unit, done, total, detail, etaS }) => {
      const share = total > 0 ? Math.min(1, done / total) : 0
      const progress = {
        phase: 'device',
        title,
        unit,
        done,
        total,
        share,
        ...(detail && { detail }),
        etaS: etaS ?? null,
      }
      log.emit({ kind: 'progress', progress })
    })
    let stays = kept
    try {
      await work(device)
      if (keep && !kept) {
        this.#of(name).device = device
        stays = true
      }
    } finally {
      if (!stays) await device.close()
    }
  }

  /** The open connection, or a new one. */
  async #connected(
    name: string,
    signal: AbortSignal,
    onProgress: Parameters<typeof transportTo>[1]['onProgress'],
  ): Promise<{ device: Device; kept: boolean }> {
    const live = this.#of(name)
    deviceNamed(name)
    const become = (doing: Live['doing']): void => {
      live.doing = doing
      this.#around.changed()
    }
    if (live.device) {
      become('busy')
      return { device: live.device, kept: true }
    }
    become('connecting')
    const transport = transportTo(nameDevice(name), {
      role: 'device',
      store: agentStore('agent'),
      ask: this.#around.questions.about(name),
      acceptNewHostKey: false,
      signal,
      onProgress,
    })
    const device = await connectDevice(this.#watched(name, transport))
    become('busy')
    return { device, kept: false }
  }

  /** Notices when an agent that nobody asks anything ends all the same. */
  #watched(name: string, transport: Transport): Transport {
    return {
      ...transport,
      open: async () => {
        const channel = await transport.open()
        channel.onClose(() => {
          const live = this.#live.get(name)
          if (!live?.device || live.doing) return
          live.device = undefined
          live.error = toErrorShape(
            new CodedError(
              'device-failed',
              `The connection to ${name} was lost.`,
              'Check the device, then connect again.',
            ),
          )
          this.#around.changed()
        })
        return channel
      },
    }
  }

  #of(name: string): Live {
    const live = this.#live.get(name) ?? { device: undefined, doing: undefined, error: undefined }
    this.#live.set(name, live)
    return live
  }

  #item(record: DeviceRecord): DeviceItem {
    const live = this.#live.get(record.name)
    let state: DeviceState = 'idle'
    if (live?.doing) state = live.doing
    else if (live?.device) state = 'connected'
    else if (this.#around.unplugged(record)) state = 'unplugged'
    else if (live?.error) state = 'failed'
    const error = state === 'failed' ? (live?.error ?? null) : null
    return { ...record, state, error, console: record.kind === 'ssh' || record.kind === 'serial' }
  }
}

async function remember(name: string, device: Device, signal: AbortSignal): Promise<void> {
  await noteSeen(name, { card: cardOf(device.info, await device.conditions(signal)) })
}

const busy = (name: string): CodedError =>
  new CodedError('run-busy', `A job is working on ${name}.`, 'Wait for it, or cancel it first.')

const stampOf = (): string => {
  const stat = statSync(devicesFile(), { throwIfNoEntry: false })
  return `${stat?.mtimeMs} ${stat?.size}`
}
