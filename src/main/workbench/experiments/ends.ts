import type { CompareConfig } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import { CodedError } from '#common/errors.ts'
import type { Ask } from '../devices/ask.ts'
import { nobodyToAsk, rememberingAsk } from '../devices/ask.ts'
import { localTailTransport } from '../devices/childTransport.ts'
import type { Device } from '../devices/device.ts'
import { connectDevice } from '../devices/device.ts'
import { reachDevice } from '../devices/reach.ts'
import type { NamedDevice } from '../devices/resolveDevice.ts'
import { nameDevice } from '../devices/resolveDevice.ts'
import { agentStore } from '../store/userFile.ts'

/** How a job reaches its user while it connects devices. */
export interface Contact {
  ask?: Ask | undefined
  acceptNewHostKey?: boolean | undefined
}

/** The two ends of a comparison: what runs the heads, and what runs the tails. */
export interface Ends {
  /** The device, or, where γ models it, the server's own machine. */
  connectDevice(): Promise<Device>
  connectServer(): Promise<Device>
  /**
   * Reaches both, installs what is missing there, greets the agents and lets go of them: what cannot work fails now
   * rather than after the training.
   */
  greet(): Promise<void>
}

/** Names what a configuration asks for; nothing is connected. Throws `unknown-name` or `bad-usage`. */
export function nameEnds({ device, server, gamma }: Pick<CompareConfig, 'device' | 'server' | 'gamma'>) {
  const named = { device: nameDevice(device), server: nameDevice(server), modelled: gamma !== null }
  if (named.server.address.kind === 'serial') {
    throw new CodedError(
      'bad-usage',
      `The server "${server}" is on a serial line.`,
      'Tails run on this computer or over SSH.',
    )
  }
  if (named.modelled && named.server.address.kind !== 'local') {
    throw new CodedError(
      'bad-usage',
      `--gamma models the device from times of this computer, but the server is "${server}".`,
      'Use --gamma with --server local, or name the device with --device.',
    )
  }
  return named
}

export function endsOf(
  { device, server, modelled }: ReturnType<typeof nameEnds>,
  contact: Contact,
  signal: AbortSignal,
  emit: (progress: Progress) => void,
  note: (text: string) => void,
): Ends {
  const askFor = rememberingAsk(contact.ask ?? nobodyToAsk)
  const reach = async (named: NamedDevice, role: 'device' | 'server'): Promise<Device> => {
    const { device: reached } = await reachDevice(named, {
      role,
      store: agentStore(role === 'device' ? 'agent' : 'tail'),
      ask: askFor(),
      acceptNewHostKey: contact.acceptNewHostKey ?? false,
      signal,
      onProgress: (progress) => emit({ ...progress, phase: 'device' }),
      onNote: note,
    })
    return reached
  }
  // With γ the device is modelled from times of the server's machine, so the heads are timed there.
  const connectHeads = (): Promise<Device> =>
    modelled ? connectDevice(localTailTransport(agentStore('tail'))) : reach(device, 'device')
  const connectTails = (): Promise<Device> => reach(server, 'server')
  return {
    connectDevice: connectHeads,
    connectServer: connectTails,
    async greet() {
      for (const connect of [connectHeads, connectTails]) await (await connect()).close()
    },
  }
}
