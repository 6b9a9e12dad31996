import type { DeviceAddress } from '#common/device/address.ts'
import { parseAddress } from '#common/device/address.ts'
import { CodedError } from '#common/errors.ts'
import type { Ask } from './ask.ts'
import { localTailTransport, localTransport } from './childTransport.ts'
import { findDevice, listDevices, noteSeen } from './registry.ts'
import { sshBoardTransport } from './runtime/boardTransport.ts'
import type { PreparedBoard } from './runtime/prepareBoard.ts'
import { serialBoardTransport } from './serial/index.ts'
import { simulationOf } from './simulated/script.ts'
import { simulatedTransport } from './simulated/transport.ts'
import { sshAliases } from './ssh/config.ts'
import { sshPlaces } from './ssh/places.ts'
import { parseSshTarget } from './ssh/target.ts'
import type { Transport } from './transport.ts'

export interface ResolveContext {
  /** What runs there: heads on a device, tails on a server. */
  role: 'device' | 'server'
  /** Where an agent on this computer keeps its files. */
  store: string
  ask: Ask
  /** Trust a host that is met for the first time without asking; a changed key is refused all the same. */
  acceptNewHostKey: boolean
  signal: AbortSignal
  /** What is being done before the agent answers: connecting, logging in, installing the runtime. */
  onProgress(progress: ConnectProgress): void
  /** Something that the user should know of the device: a slower runtime, a missing part. */
  onNote?(text: string): void
}

export interface ConnectProgress {
  /** E.g. "sending the runtime". */
  title: string
  unit: string
  done: number
  total: number
  detail?: string
  etaS?: number | null
}

/** A device by what the user typed: where it is, and how it is called in messages and results. */
export interface NamedDevice {
  name: string
  address: DeviceAddress
  /** Whether `name` is a key of the registry. */
  registered: boolean
}

/**
 * Finds what `--device` or `--server` names: an address, a registered name, or a host of ~/.ssh/config. Nothing is
 * connected. Throws `unknown-name` (with what there is) or `bad-usage`: exit 2, before anything has run.
 */
export function nameDevice(text: string): NamedDevice {
  const record = findDevice(text)
  const where = record?.address ?? text
  const address = parseAddress(where) ?? hostOf(where)
  if (!address) throw unknownDevice(text)
  if (address.kind === 'simulated') simulationOf(address)
  if (address.kind === 'ssh') parseSshTarget(address.target)
  return { name: text, address, registered: record !== undefined }
}

/** Hosts of ~/.ssh/config go by their names there. */
const hostOf = (text: string): DeviceAddress | undefined =>
  sshAliases(sshPlaces()).includes(text) ? { kind: 'ssh', target: text } : undefined

/** The way to that device; `open()` connects, asks what must be asked, installs what is missing and starts the agent. */
export function transportTo({ name, address, registered }: NamedDevice, context: ResolveContext): Transport {
  const { ask, acceptNewHostKey, signal, onProgress } = context
  const onPrepared = ({ card, notes }: PreparedBoard): void => {
    for (const note of notes) context.onNote?.(note)
    if (registered) void noteSeen(name, { card }).catch(() => {})
  }
  switch (address.kind) {
    case 'local':
      return context.role === 'device' ? localTransport(context.store) : localTailTransport(context.store)
    case 'simulated':
      return simulatedTransport(name, simulationOf(address), `${context.store}-simulated`)
    case 'ssh':
      return sshBoardTransport(address.target, { name, ask, acceptNewHostKey, signal, onProgress, onPrepared })
    case 'serial': {
      const { path, baud, user } = address
      const place = { path, baud, usb: registered ? (findDevice(name)?.usb ?? null) : null }
      return serialBoardTransport(place, { name, user, ask, signal, onProgress, onPrepared })
    }
  }
}

/** Both at once. */
export const resolveDevice = (text: string, context: ResolveContext): Transport =>
  transportTo(nameDevice(text), context)

function unknownDevice(text: string): CodedError {
  const names = [...listDevices().map(({ name }) => name), ...sshAliases(sshPlaces())]
  return new CodedError(
    'unknown-name',
    `There is no device "${text}".`,
    `Name one of: local, simulated, ssh://user@host, serial:PATH${names.length > 0 ? `, or a device that was added or is in ~/.ssh/config: ${names.slice(0, 20).join(', ')}` : ''}.`,
  )
}
