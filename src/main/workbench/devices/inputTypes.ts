import type { InputType } from '#common/contract/inference.ts'
import { CodedError } from '#common/errors.ts'
import type { Device } from './device.ts'

/**
 * Throws `device-unsupported` where a device's agent cannot give such an input to a head. An agent that was started by
 * hand, or on a serial port of its own, is as old as whoever put it there left it.
 */
export function requireInputType({ info, inputTypes }: Pick<Device, 'info' | 'inputTypes'>, type: InputType): void {
  // What takes uint8 only cannot read the check data of a foreign model either.
  if (inputTypes.includes(type) && inputTypes.includes('float32')) return
  throw new CodedError(
    'device-unsupported',
    `The agent on ${info.name} (version ${info.agent}) is older than this program: it takes images of bytes only, not inputs of a model's own type (${type}).`,
    'Start the agent of this version there; agents that are started over SSH are renewed by themselves.',
  )
}
