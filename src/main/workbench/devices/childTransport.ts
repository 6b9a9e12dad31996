import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CodedError } from '#common/errors.ts'
import { watchChild } from '../../../system/watchedChild.ts'
import { entryOf } from '../entries.ts'
import type { Transport } from './transport.ts'

/** An agent as a child process of this one. `env` is added to this process's environment. */
export function childTransport(
  name: string,
  { command, args, env = {} }: { command: string; args: string[]; env?: Record<string, string> },
): Transport {
  return {
    name,
    kind: 'local',
    async open() {
      const child = spawn(command, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        // Where this process is Electron, its binary behaves as Node; ONNX Runtime must find the switch when it loads.
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...env, ORT_DISABLE_TELEMETRY: '1' },
      })
      await once(child, 'spawn').catch((error: Error) => {
        throw new CodedError('device-failed', `The agent could not be started: ${error.message}.`)
      })
      return watchChild(child)
    },
  }
}

/** "This computer" as the device, with the very agent that runs on a board. `store`: the agent's file store. */
export const localTransport = (store: string): Transport => {
  const { command, args } = entryOf('agent')
  return { ...childTransport('local', { command, args: [...args, '--store', store] }), store }
}

/** The tail server on this computer: it holds the other half of the same contract. */
export const localTailTransport = (store: string): Transport => {
  const { command, args } = entryOf('tail')
  return { ...childTransport('local', { command, args: [...args, '--store', store] }), store }
}
