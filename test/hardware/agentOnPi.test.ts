import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { installAgent, installOldRuntime, removeBundleAfterAll } from './virtualPi/agent.ts'
import { agentOverSsh } from './virtualPi/overSsh.ts'
import { startVirtualPi } from './virtualPi/virtualPi.ts'

const signal = new AbortController().signal

describeWith('qemu-arm64', 'the agent on a virtual Pi', () => {
  let folder = ''
  removeBundleAfterAll()
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-pi-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** Pushes the tiny head and checks it. */
  async function checkOn(cpu: string, old: boolean) {
    const pi = await startVirtualPi({ cpu })
    try {
      const device = await connectDevice(agentOverSsh(pi, await (old ? installOldRuntime(pi) : installAgent(pi))))
      try {
        const { head, check, split } = await writeTinyCandidate(join(folder, cpu), 'uint8')
        const hashes = await device.pushFiles([head, check], () => {}, signal)
        const [model, reference] = [hashes.get(head)!, hashes.get(check)!]
        const result = await device.check({ side: 'head', model, check: reference, split, threads: 1 }, signal)
        return { result, info: device.info, source: device.source }
      } finally {
        await device.close()
      }
    } finally {
      await pi.stop()
    }
  }

  itWith('qemu-arm64', 'tells what board it is on, that it is emulated, and computes the same', async () => {
    const { result, info, source } = await checkOn('cortex-a72', false)
    expect(result).toMatchObject({ ok: true })
    expect(source).toBe('emulated')
    expect(info).toMatchObject({
      arch: 'arm64',
      board: 'Raspberry Pi 4 Model B Rev 1.4',
      cpu: 'Cortex-A72',
      emulated: true,
      os: expect.stringContaining('Debian GNU/Linux 12'),
    })
  })

  itWith('qemu-arm64', 'whose runtime uses instructions that the processor lacks: the end is named', async () => {
    await expect(checkOn('cortex-a53', true)).rejects.toMatchObject({
      code: 'device-unsupported',
      message: expect.stringMatching(/^Device pi: the runtime uses instructions this CPU lacks/),
      data: { exitCode: null, signal: 'SIGILL' },
    })
  })

  itWith('qemu-arm64', 'with the same runtime on a processor that has them works', async () => {
    expect((await checkOn('cortex-a76', true)).result).toMatchObject({ ok: true })
  })
})
