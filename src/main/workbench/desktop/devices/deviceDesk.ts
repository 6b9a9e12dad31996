import type { DeviceRecord, UsbIdentity } from '#common/contract/device.ts'
import type { DeviceItem, DeviceState } from '#common/contract/devices.ts'
import { deviceOf } from '#common/contract/devices.ts'
import type { LiveConfig } from '#common/contract/live.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import { cardOf } from '../../devices/card.ts'
import type { Device } from '../../devices/device.ts'
import { reachDevice } from '../../devices/reach.ts'
import { addDevice, deviceNamed, findDevice, listDevices, noteSeen, removeDevice } from '../../devices/registry.ts'
import { nameDevice } from '../../devices/resolveDevice.ts'
import { chooseHeads, onlyCandidates, pushHeads } from '../../experiments/deviceHeads.ts'
import { timeOnDevice } from '../../experiments/deviceTime.ts'
import { EventLog } from '../../jobs/eventLog.ts'
import { agentStore } from '../../store/userFile.ts'
import type { JobHooks } from '../job.ts'
import type { DeviceWork } from '../jobDesk.ts'
import type { DeviceSpec } from '../jobSpec.ts'
import { titleOfSpec } from '../jobSpec.ts'
import { readComparisonOf, runFolderOf } from '../runs.ts'
import { Connections } from './connections.ts'
import { planLive, workLive } from './liveWork.ts'
import type { Questions } from './questions.ts'

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
  readonly #connections: Connections
  /** Gives the line back to the console that stepped aside, by device. */
  readonly #resume = new Map<string, () => void>()

  constructor(around: Surroundings) {
    this.#around = around
    this.#connections = new Connections(around.questions, around.changed)
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
    if (this.#connections.of(name).doing) throw busy(name)
    await this.disconnect(name)
    await removeDevice(name)
    this.#connections.forget(name)
    this.#around.changed()
  }

  async disconnect(name: string): Promise<DeviceItem> {
    const record = deviceNamed(name)
    if (this.#connections.of(name).doing) throw busy(name)
    await this.release([name])
    this.#connections.of(name).error = undefined
    this.#around.changed()
    return this.#item(record)
  }

  async release(devices: readonly string[]): Promise<void> {
    await this.#connections.release(devices)
    for (const name of devices) this.#leaveLine(name)
  }

  async lend(devices: readonly string[], job: string): Promise<() => void> {
    const known = [...new Set(devices)].filter((name) => findDevice(name))
    await this.#connections.release(known)
    for (const name of known) await this.#takeLine(name, job)
    return () => {
      for (const name of known) this.#leaveLine(name)
    }
  }

  /** Throws `run-busy` where a connection has the serial line that a console would need. */
  refuseHeldLine(name: string): void {
    const { device, doing } = this.#connections.of(name)
    if (deviceNamed(name).kind !== 'serial' || !(device || doing)) return
    throw new CodedError(
      'run-busy',
      `The agent has the line of ${name}.`,
      doing ? 'Wait for its job, or cancel it.' : 'Disconnect it, then open the console.',
    )
  }

  /** A serial line is for one at a time: an open console steps aside. */
  async #takeLine(name: string, job: string): Promise<void> {
    if (this.#resume.has(name) || deviceNamed(name).kind !== 'serial') return
    this.#resume.set(name, await this.#around.pauseConsole(name, job))
  }

  /** It comes back when nobody has the line any more. */
  #leaveLine(name: string): void {
    if (this.#connections.of(name).device) return
    this.#resume.get(name)?.()
    this.#resume.delete(name)
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
    const live = this.#connections.of(name)
    await this.#takeLine(name, titleOfSpec(spec))
    live.error = undefined
    try {
      if (spec.job.verb === 'device time') return await this.#time(spec, spec.job.config, hooks)
      const log = new EventLog()
      log.on(hooks.watch)
      log.emit({ kind: 'queued', title: titleOfSpec(spec), command: spec.command })
      log.emit({ kind: 'started', pid: process.pid })
      try {
        if (spec.job.verb === 'device live') await this.#live(spec.job.config, hooks, log)
        else await this.#short(spec, hooks, log)
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
      this.#leaveLine(name)
      this.#around.changed()
    }
  }

  async close(): Promise<void> {
    await this.#connections.release()
  }

  async #short({ job }: DeviceSpec, hooks: JobHooks, log: EventLog): Promise<void> {
    const name = deviceOf(job)
    await this.#with(name, hooks, log, job.verb === 'device connect', async (device) => {
      await remember(name, device, hooks.signal)
      if (job.verb !== 'device push') return
      const comparison = readComparisonOf(this.#around.runsFolder, job.run)
      const wanted = onlyCandidates(comparison, job.candidates)
      const { heads } = await chooseHeads(wanted, runFolderOf(this.#around.runsFolder, job.run), job.points)
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
      const counted = heads.length === 1 ? 'The head is' : `${heads.length} heads are`
      const text = `${counted} there; hashes were checked${sent > 0 ? '.' : ', nothing had to be sent.'}`
      log.emit({ kind: 'log', level: 'info', text })
    })
  }

  async #live(config: LiveConfig, hooks: JobHooks, log: EventLog): Promise<void> {
    const planned = planLive(this.#around.runsFolder, config)
    await this.#with(config.device, hooks, log, false, async (device) => {
      await remember(config.device, device, hooks.signal)
      // As the server it is another connection, with the other program.
      await this.#connections.release([config.server])
      const { device: server } = await reachDevice(nameDevice(config.server), {
        role: 'server',
        store: agentStore('tail'),
        ask: this.#around.questions.about(config.server),
        acceptNewHostKey: false,
        signal: hooks.signal,
        onProgress: (progress) => log.emit({ kind: 'progress', progress: { ...progress, phase: 'device' } }),
      })
      try {
        await workLive(planned, config, { device, server }, log, hooks.signal)
      } finally {
        await server.close()
      }
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
          const { device, kept } = await this.#connections.connect(config.device, hooks.signal, ({ title }) =>
            say(title),
          )
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
    const { device, kept } = await this.#connections.connect(
      name,
      signal,
      ({ title, unit, done, total, detail, etaS }) => {
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
      },
    )
    let stays = kept
    try {
      await work(device)
      if (keep && !kept) {
        this.#connections.of(name).device = device
        stays = true
      }
    } finally {
      if (!stays) await device.close()
    }
  }

  #item(record: DeviceRecord): DeviceItem {
    const live = this.#connections.of(record.name)
    let state: DeviceState = 'idle'
    if (live.doing) state = live.doing
    else if (live.device) state = 'connected'
    else if (this.#around.unplugged(record)) state = 'unplugged'
    else if (live.error) state = 'failed'
    const error = state === 'failed' ? (live.error ?? null) : null
    return { ...record, state, error, console: record.kind === 'ssh' || record.kind === 'serial' }
  }
}

async function remember(name: string, device: Device, signal: AbortSignal): Promise<void> {
  await noteSeen(name, { card: cardOf(device.info, await device.conditions(signal)) })
}

const busy = (name: string): CodedError =>
  new CodedError('run-busy', `A job is working on ${name}.`, 'Wait for it, or cancel it first.')
