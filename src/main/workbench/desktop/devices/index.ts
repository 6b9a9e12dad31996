import type { DeviceJob, deviceEvents } from '#common/contract/devices.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import type { WorkbenchContract } from '#common/contract/workbench.ts'
import { devicesFile } from '../../devices/registry.ts'
import { listPorts } from '../../devices/serial/index.ts'
import { linksFile, listLinks } from '../../links/store.ts'
import { readLive } from '../liveRuns.ts'
import { readComparisonOf, runFolderOf } from '../runs.ts'
import { listTimings, readSamples, readTiming } from '../timings.ts'
import { choices } from './choices.ts'
import type { ConsoleDoor } from './consoles.ts'
import { Consoles } from './consoles.ts'
import { DeviceDesk } from './deviceDesk.ts'
import { FileWatch } from './fileWatch.ts'
import { picturesOf, planLive } from './liveWork.ts'
import { openConsole } from './openConsole.ts'
import { PortWatch } from './ports.ts'
import { Questions } from './questions.ts'

type Every = Handlers<WorkbenchContract>
type Prefix = 'devices' | 'timings' | 'ports' | 'links' | 'live' | 'console' | 'ask'
type Events = typeof deviceEvents
type Data<E extends keyof Events> = Events[E]['_zod']['input']
export type Tell = <E extends keyof Events>(event: E, data: Data<E>) => void

/** One door, as far as devices are concerned. */
export interface DeviceDoor {
  tell: Tell
  drained(): Promise<void>
}

/** Everything about devices that doors are served with. `tellAll`: to every door. */
export class Devices {
  readonly desk: DeviceDesk
  readonly questions: Questions
  readonly #consoles: Consoles
  readonly #ports: PortWatch
  readonly #devicesFile: FileWatch
  readonly #linksFile: FileWatch
  readonly #runsFolder: string
  readonly #tellAll: Tell

  constructor(runsFolder: string, tellAll: Tell) {
    this.#runsFolder = runsFolder
    this.#tellAll = tellAll
    this.questions = new Questions({
      asked: (asked) => tellAll('ask', asked),
      gone: (id) => tellAll('ask.gone', { id }),
    })
    this.#consoles = new Consoles((device, signal) => {
      this.desk.refuseHeldLine(device)
      return openConsole(device, this.questions.about(device), signal)
    })
    this.#ports = new PortWatch(listPorts, (list) => {
      tellAll('ports.changed', list)
      this.#changed()
    })
    this.#devicesFile = new FileWatch(devicesFile(), () => this.#changed())
    this.#linksFile = new FileWatch(linksFile(), () => tellAll('links.changed', { links: listLinks() }))
    this.desk = new DeviceDesk({
      runsFolder,
      questions: this.questions,
      changed: () => this.#changed(),
      usbAt: (address) => this.#ports.usbAt(address),
      unplugged: (record) => this.#ports.unplugged(record),
      pauseConsole: (device, job) => this.#consoles.pause(device, job),
    })
  }

  /** Looks at what changes outside of this process, as long as a door is there. */
  watch(on: boolean): void {
    for (const one of [this.#ports, this.#devicesFile, this.#linksFile]) one.watch(on)
  }

  async close(): Promise<void> {
    this.watch(false)
    await this.#consoles.closeAll()
    await this.desk.close()
  }

  /** The handlers for one door; `left` is called when it has gone. */
  serve(
    door: DeviceDoor,
    start: (job: DeviceJob) => string,
  ): { handlers: Pick<Every, Extract<keyof Every, `${Prefix}.${string}`>>; left(): void } {
    const { desk, questions } = this
    const consoles = this.#consoles
    const runsFolder = this.#runsFolder
    const view: ConsoleDoor = {
      lines: (told) => door.tell('console.lines', told),
      paused: (told) => door.tell('console.paused', told),
      ended: (told) => door.tell('console.ended', told),
      drained: () => door.drained(),
    }
    let leave: (() => void) | undefined
    return {
      handlers: {
        'devices.list': () => ({ devices: desk.list() }),
        'devices.add': ({ name, address }) => desk.add(name, address),
        'devices.remove': async ({ name }) => {
          await desk.remove(name)
          return {}
        },
        'devices.disconnect': ({ name }) => desk.disconnect(name),
        'devices.start': ({ job }) => {
          if (job.verb === 'device time') readComparisonOf(runsFolder, job.config.run)
          if (job.verb === 'device push') readComparisonOf(runsFolder, job.run)
          if (job.verb === 'device live') planLive(runsFolder, job.config)
          return { job: start(job) }
        },
        'devices.choices': () => choices(),
        'timings.list': () => ({ timings: listTimings(runsFolder) }),
        'timings.get': ({ timing }) => ({ timing: readTiming(runsFolder, timing) }),
        'timings.samples': ({ timing, samples }) => readSamples(runsFolder, timing, samples),
        'ports.list': () => this.#ports.list(),
        'links.list': () => ({ links: listLinks() }),
        'live.get': ({ run, name }) => ({
          live: readLive(runFolderOf(runsFolder, run), name, readComparisonOf(runsFolder, run)),
        }),
        'live.pictures': async ({ run, candidate }) => ({ pictures: await picturesOf(runsFolder, run, candidate) }),
        'console.open': ({ device }) => consoles.open(device, view),
        'console.write': async ({ device, text }) => {
          await consoles.write(device, text)
          return {}
        },
        'console.close': async ({ device }) => {
          await consoles.close(device, view)
          return {}
        },
        'ask.join': () => {
          leave ??= questions.join()
          return { asked: questions.pending }
        },
        'ask.answer': ({ id, answer }) => {
          questions.answer(id, answer)
          return {}
        },
      },
      left() {
        leave?.()
        void consoles.leave(view)
      },
    }
  }

  #changed(): void {
    try {
      this.#tellAll('devices.changed', { devices: this.desk.list() })
    } catch {
      // A damaged list: whoever asks for it is told.
    }
  }
}
