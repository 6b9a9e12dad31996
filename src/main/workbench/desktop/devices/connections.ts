import type { ErrorShape } from '#common/errors.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import type { Device } from '../../devices/device.ts'
import { connectDevice } from '../../devices/device.ts'
import { deviceNamed } from '../../devices/registry.ts'
import { nameDevice, transportTo } from '../../devices/resolveDevice.ts'
import type { Transport } from '../../devices/transport.ts'
import { agentStore } from '../../store/userFile.ts'
import type { Questions } from './questions.ts'

/** What this process has to do with a device now. */
export interface Live {
  /** An open connection that waits for requests. */
  device: Device | undefined
  doing: 'connecting' | 'busy' | undefined
  /** How the last try failed, or the connection was lost. */
  error: ErrorShape | undefined
}

/** The open connections of this process, by the names of devices. `changed`: some device's state has. */
export class Connections {
  readonly #live = new Map<string, Live>()
  readonly #questions: Questions
  readonly #changed: () => void

  constructor(questions: Questions, changed: () => void) {
    this.#questions = questions
    this.#changed = changed
  }

  of(name: string): Live {
    const live = this.#live.get(name) ?? { device: undefined, doing: undefined, error: undefined }
    this.#live.set(name, live)
    return live
  }

  forget(name: string): void {
    this.#live.delete(name)
  }

  async release(devices: Iterable<string> = [...this.#live.keys()]): Promise<void> {
    for (const name of devices) {
      const live = this.#live.get(name)
      const { device } = live ?? {}
      if (!live || !device) continue
      live.device = undefined
      await device.close()
      this.#changed()
    }
  }

  /** The open connection (`kept`), or a new one that its caller closes or keeps. */
  async connect(
    name: string,
    signal: AbortSignal,
    onProgress: Parameters<typeof transportTo>[1]['onProgress'],
  ): Promise<{ device: Device; kept: boolean }> {
    const live = this.of(name)
    deviceNamed(name)
    const become = (doing: Live['doing']): void => {
      live.doing = doing
      this.#changed()
    }
    if (live.device) {
      become('busy')
      return { device: live.device, kept: true }
    }
    become('connecting')
    const transport = transportTo(nameDevice(name), {
      role: 'device',
      store: agentStore('agent'),
      ask: this.#questions.about(name),
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
          if (!live?.device) return
          live.device = undefined
          // A job that works with it says so itself.
          if (live.doing) return
          live.error = toErrorShape(
            new CodedError(
              'device-failed',
              `The connection to ${name} was lost.`,
              'Check the device, then connect again.',
            ),
          )
          this.#changed()
        })
        return channel
      },
    }
  }
}
