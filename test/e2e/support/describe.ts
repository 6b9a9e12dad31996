import { describe } from 'vitest'
import { skipMark } from '../../support/requires.ts'
import { hostMissing } from './host.ts'

/** `describe` for the chosen host; skipped with the reason where it cannot be run here. */
export function describeHost(name: string, body: () => void): void {
  const reason = hostMissing()
  if (reason === undefined) describe(name, body)
  else describe.skip(`${name} ${skipMark(reason)}`, body)
}
