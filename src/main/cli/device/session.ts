import type { DeviceCard } from '#common/contract/device.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Device } from '../../workbench/devices/device.ts'
import { reachDevice } from '../../workbench/devices/reach.ts'
import type { NamedDevice } from '../../workbench/devices/resolveDevice.ts'
import { agentStore } from '../../workbench/store/userFile.ts'
import { askOnTerminal } from '../ask.ts'
import { cancelled } from '../cancel.ts'
import { watchJob } from '../terminal.ts'

export interface Reached {
  device: Device
  card: DeviceCard
  /** Shows progress on stderr. */
  show(progress: Progress): void
  warn(text: string): void
}

/** Connects to a device, does something with it and lets go of it, with progress on stderr. */
export async function withDevice<T>(
  named: NamedDevice,
  { acceptNewHostKey = false, role = 'device' as 'device' | 'server' },
  use: (reached: Reached) => Promise<T>,
): Promise<T> {
  const view = watchJob()
  const at = (): string => new Date().toISOString()
  const show = (progress: Progress): void => view.show({ kind: 'progress', at: at(), progress })
  try {
    const { device, card } = await reachDevice(named, {
      role,
      store: agentStore(role === 'device' ? 'agent' : 'tail'),
      ask: (question, signal) => {
        view.close()
        return askOnTerminal(question, signal)
      },
      acceptNewHostKey,
      signal: cancelled,
      onProgress: (progress) => show({ ...progress, phase: 'device' }),
      onNote: (text) => view.say(`note: ${text}`),
    })
    try {
      return await use({ device, card, show, warn: (text) => view.say(`warn: ${text}`) })
    } finally {
      await device.close()
    }
  } finally {
    view.close()
  }
}
