import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectDevice, type Device } from '../../src/main/workbench/devices/device.ts'
import { writeLookupCandidate } from '../support/lookupCandidate.ts'
import { smallVgg } from '../support/randomModel.ts'
import { describeWith } from '../support/requires.ts'
import { installAgent, removeBundleAfterAll } from './virtualPi/agent.ts'
import { agentOverSsh } from './virtualPi/overSsh.ts'
import { startVirtualPi, type VirtualPi } from './virtualPi/virtualPi.ts'

const never = new AbortController().signal

describeWith('qemu-arm64', 'a look-up head on a virtual Pi', () => {
  let folder = ''
  let pi: VirtualPi
  let device: Device
  removeBundleAfterAll()
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-lookup-'))
    pi = await startVirtualPi()
    device = await connectDevice(agentOverSsh(pi, await installAgent(pi)))
  })
  afterAll(async () => {
    await device.close()
    await pi.stop()
    await rm(folder, { recursive: true })
  })

  it.each(['float32', 'uint8'] as const)(
    'gives what the same weights give as loops, on arm64 vectors: %s',
    async (form) => {
      const order = { words: 16, count: 2 }
      const { head, check, split } = await writeLookupCandidate(
        join(folder, form),
        smallVgg(0.25),
        'pool2',
        form,
        order,
      )
      const hashes = await device.pushFiles([head, check], () => {}, never)
      const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
      const { ok, reason, error } = await device.check(side, never)
      expect({ ok, reason }).toEqual({ ok: true, reason: null })
      if (form === 'float32') expect(error).toBeLessThan(1e-4)
      const timed = await device.time(side, { seconds: 0.1, minIterations: 5 }, () => {}, never)
      expect(timed.modelMs.length).toBeGreaterThanOrEqual(5)
      expect(device.source).toBe('emulated')
    },
  )
})
