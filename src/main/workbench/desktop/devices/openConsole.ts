import { parseAddress } from '#common/device/address.ts'
import { CodedError } from '#common/errors.ts'
import type { Ask } from '../../devices/ask.ts'
import { deviceNamed } from '../../devices/registry.ts'
import { openSerialConsole } from '../../devices/serial/index.ts'
import { openSshSession } from '../../devices/ssh/session.ts'
import type { ConsoleSource } from './consoles.ts'

/** The console of a device: its serial line, or a shell over SSH. */
export async function openConsole(device: string, ask: Ask, signal: AbortSignal): Promise<ConsoleSource> {
  const record = deviceNamed(device)
  const address = parseAddress(record.address)
  if (!address || address.kind === 'ssh') return sshConsole(device, address?.target ?? record.address, ask, signal)
  if (address.kind === 'serial') return openSerialConsole({ ...address, usb: record.usb }, signal)
  throw new CodedError(
    'bad-usage',
    `${device} has no console (${address.kind}).`,
    'Consoles are on serial lines and over SSH.',
  )
}

/** With a terminal of its own where the board has `script`, so that programs ask and answer as they do for a person. */
const shell =
  'if command -v script >/dev/null 2>&1; then exec script -qfc "$SHELL -i" /dev/null; else exec "$SHELL" -i 2>&1; fi'

async function sshConsole(device: string, target: string, ask: Ask, signal: AbortSignal): Promise<ConsoleSource> {
  const session = await openSshSession(target, { ask, signal, name: device })
  try {
    const channel = await session.start(`SHELL=\${SHELL:-/bin/sh}; ${shell}`, { signal })
    const listeners = new Set<(error?: unknown) => void>()
    let reason: unknown
    session.onClose((error) => {
      reason ??= error
    })
    channel.onClose(() => {
      for (const listener of listeners) listener(reason)
      void session.close()
    })
    return {
      onBytes: (listener) => channel.onBytes(listener),
      onClose: (listener) => listeners.add(listener),
      write: (bytes) => channel.send(bytes),
      async close() {
        await channel.close()
        await session.close()
      },
    }
  } catch (error) {
    await session.close()
    throw error
  }
}
