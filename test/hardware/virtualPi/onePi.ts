import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { connectDevice, type Device } from '../../../src/main/workbench/devices/device.ts'
import { installAgent, removeBundleAfterAll } from './agent.ts'
import { agentOverSsh } from './overSsh.ts'
import { startVirtualPi, type VirtualPi } from './virtualPi.ts'

/** A virtual Pi with the agent, connected over SSH for all tests of a suite, and a folder of theirs. Filled before the first. */
export function onePi(name: string): { folder: string; device: Device } {
  const held = {} as { folder: string; device: Device }
  let pi: VirtualPi
  removeBundleAfterAll()
  beforeAll(async () => {
    held.folder = await mkdtemp(join(tmpdir(), `splitbench-${name}-`))
    pi = await startVirtualPi()
    held.device = await connectDevice(agentOverSsh(pi, await installAgent(pi)))
  })
  afterAll(async () => {
    await held.device.close()
    await pi.stop()
    await rm(held.folder, { recursive: true })
  })
  return held
}
