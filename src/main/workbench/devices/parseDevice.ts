import { CodedError } from '#common/errors.ts'
import { localTransport } from './childTransport.ts'
import type { Transport } from './transport.ts'

/**
 * The way to the device that `--device` names. `store`: where an agent on this computer keeps its files. Throws
 * `unknown-name` for what is not there.
 */
export function parseDevice(text: string, store: string): Transport {
  if (text === 'local') return localTransport(store)
  const what = text.startsWith('ssh://')
    ? 'Devices over SSH are'
    : text.startsWith('serial:')
      ? 'Devices on a serial line are'
      : text === 'simulated'
        ? 'The simulated device is'
        : undefined
  throw new CodedError(
    'unknown-name',
    what ? `${what} not available in this version.` : `There is no device "${text}".`,
    'Use --device local: this computer, through the same agent that runs on a board.',
  )
}
