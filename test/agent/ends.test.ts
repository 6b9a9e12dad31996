import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { childrenWith, processesWith } from '../support/agentProcess.ts'
import { useAgents } from '../support/agents.ts'

const agents = useAgents()
const never = new AbortController().signal

describe('an end in the middle of a timing', () => {
  const long = { seconds: 600, minIterations: 20 }

  it('by a cancellation: the agent stops at once and serves the next', async () => {
    const device = await agents.connect()
    const deployed = await agents.deploy(device, 'uint8', 'head')
    const abort = new AbortController()
    let kept = 0
    const timing = device.time(
      deployed,
      long,
      (samples) => {
        kept += samples.length
        abort.abort()
      },
      abort.signal,
    )
    await expect(timing).rejects.toMatchObject({ code: 'cancelled' })
    expect(kept).toBeGreaterThan(0)
    expect(await device.check(deployed, never)).toMatchObject({ ok: true })
  })

  it('by kill -9: the error says so, the samples are kept, nothing hangs', async () => {
    const device = await agents.connect()
    const deployed = await agents.deploy(device, 'uint8', 'head')
    const [pid] = childrenWith(agents.store) as [number]
    let kept = 0
    const timing = device.time(
      deployed,
      long,
      (samples) => {
        kept += samples.length
        process.kill(pid, 'SIGKILL')
      },
      never,
    )
    await expect(timing).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/ended by SIGKILL/),
      exitCode: 1,
    })
    expect(kept).toBeGreaterThan(0)
    const again = await agents.reconnect()
    expect(await again.check(deployed, never)).toMatchObject({ ok: true })
  })

  it('by closing the channel: the process is gone', async () => {
    const device = await agents.connect()
    const deployed = await agents.deploy(device, 'uint8', 'head')
    const timing = device.time(deployed, long, () => void device.close(), never)
    await expect(timing).rejects.toMatchObject({ code: 'device-failed' })
    await device.close()
    expect(childrenWith(agents.store)).toEqual([])
  })

  it('by kill -9 of whoever started it: the agent ends by itself', async () => {
    const store = await agents.newStore()
    const { head, check, split } = agents.candidates.uint8
    const script = `
      import { connectDevice } from '${join(import.meta.dirname, '../../src/main/workbench/devices/device.ts')}'
      import { sourceTransport } from '${join(import.meta.dirname, '../support/agentProcess.ts')}'
      const never = new AbortController().signal
      const device = await connectDevice(sourceTransport(${JSON.stringify(store)}))
      const hashes = await device.pushFiles(${JSON.stringify([head, check])}, () => {}, never)
      const [model, check] = [...hashes.values()]
      const deployed = { side: 'head', model, check, split: ${JSON.stringify(split)}, threads: 1 }
      await device.time(deployed, ${JSON.stringify(long)}, () => console.log('timing'), never)`
    const host = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(host.stdout, 'data')
    const running = processesWith('agent/index.ts', store)
    expect(running).toHaveLength(1)
    host.kill('SIGKILL')
    await once(host, 'close')
    await expect.poll(() => processesWith('agent/index.ts', store), { timeout: 4000 }).toEqual([])
  })
})
