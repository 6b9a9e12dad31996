import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FakeElectron } from '../../support/electron.ts'

vi.mock('electron', async () => (await import('../../support/electron.ts')).fakeElectron())
const electron = (await import('electron')) as unknown as FakeElectron
const { launchUtility } = await import('../../../src/main/electron/utility.ts')
const { launchChild, trainerLauncher } = await import('../../../src/main/workbench/trainer/launcher.ts')
const { startTrainer } = await import('../../../src/main/workbench/trainer/process.ts')

const fixture = (name: string): string => join(import.meta.dirname, '..', '..', 'support', name)
const ended = (channel: { onClose(listener: () => void): void }) =>
  new Promise<void>((resolve) => channel.onClose(resolve))

describe('the trainer as a utility process', () => {
  afterEach(() => {
    trainerLauncher.now = launchChild
    vi.clearAllMocks()
  })

  it('is the very trainer, and computes', async () => {
    trainerLauncher.now = launchUtility
    const trainer = startTrainer(new AbortController().signal)
    const hello = await trainer.client.request('hello', { threads: 1 })
    expect(['tensorflow', 'wasm']).toContain(hello.backend)
    await trainer.stop()
    const [script, , options] = electron.utilityProcess.fork.mock.lastCall!
    expect(script).toMatch(/trainer/)
    expect(options.stdio[0]).toBe('ignore')
    expect(options.env).toMatchObject({ ORT_DISABLE_TELEMETRY: '1' })
    expect(options.env.ELECTRON_RUN_AS_NODE).toBeUndefined()
  })

  it('says what ended it where it dies at work', async () => {
    trainerLauncher.now = launchUtility
    const trainer = startTrainer(new AbortController().signal)
    await trainer.client.request('hello', { threads: 1 })
    const utility = electron.utilityProcess.fork.mock.results[0]!.value as { pid: number }
    process.kill(utility.pid, 'SIGSTOP')
    const answer = trainer.client.request('hello', { threads: 1 })
    process.kill(utility.pid, 'SIGKILL')
    await expect(answer).rejects.toMatchObject({
      code: 'trainer-died',
      message: expect.stringMatching(/was ended by SIGKILL.*memory/),
    })
    await trainer.stop()
  })

  it('keeps every byte in order, whatever the size of the pieces', async () => {
    const channel = launchUtility(fixture('echoes.ts'), process.env)
    const back: Uint8Array[] = []
    const sent = Array.from({ length: 40 }, (_, i) => Buffer.alloc(1 + i * 997, i))
    const total = sent.reduce((sum, { length }) => sum + length, 0)
    const all = new Promise<void>((resolve) => {
      let bytes = 0
      channel.onBytes((piece) => {
        back.push(piece)
        bytes += piece.length
        if (bytes === total) resolve()
      })
    })
    for (const piece of sent) await channel.send(piece)
    await all
    expect(Buffer.concat(back).equals(Buffer.concat(sent))).toBe(true)
    await channel.close()
    expect(channel.exit()).toEqual({ code: 0, signal: null })
    await expect(channel.send(new Uint8Array(1))).rejects.toThrow(/closed/)
  })

  it('is killed where it does not listen, and its last words are kept', async () => {
    const channel = launchUtility(fixture('deaf.mjs'), process.env)
    await vi.waitFor(() => expect(channel.stderrTail()).toMatch(/busy/), { timeout: 20_000 })
    await channel.close()
    expect(channel.exit()).toEqual({ code: null, signal: 'SIGKILL' })
    const failing = launchUtility(fixture('doesNotExist.mjs'), process.env)
    await ended(failing)
    expect(failing.exit()).toEqual({ code: 1, signal: null })
    expect(failing.stderrTail()).toMatch(/doesNotExist/)
  })
})
