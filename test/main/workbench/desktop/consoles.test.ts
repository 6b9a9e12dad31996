import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { ConsoleLine } from '#common/contract/devices.ts'
import type { ConsoleDoor, ConsoleSource } from '../../../../src/main/workbench/desktop/devices/consoles.ts'
import { Consoles } from '../../../../src/main/workbench/desktop/devices/consoles.ts'

/** A program as what a console shows. */
function program(command: string): ConsoleSource {
  const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] })
  return {
    onBytes: (listener) => child.stdout.on('data', listener),
    onClose: (listener) =>
      child.once('close', (code) => listener(code === 0 ? undefined : new Error(`ended with ${code}`))),
    write: (bytes) => new Promise((resolve) => child.stdin.write(bytes, () => resolve())),
    async close() {
      child.kill()
    },
  }
}

function door(drained: () => Promise<void> = async () => {}) {
  const lines: ConsoleLine[] = []
  const heard = { dropped: 0, partial: '', paused: [] as (string | null)[], ended: [] as unknown[] }
  const view: ConsoleDoor = {
    lines(told) {
      lines.push(...told.lines)
      heard.dropped += told.dropped
      heard.partial = told.partial
    },
    paused: ({ by }) => heard.paused.push(by),
    ended: ({ error }) => heard.ended.push(error),
    drained,
  }
  return { view, lines, heard }
}

const waiting = { timeout: 20_000 }

describe('consoles', () => {
  it('show what is said and type what is typed, for every door that looks', async () => {
    const consoles = new Consoles(async () => program('printf "pi login: "; read name; echo "hello $name"; exec cat'))
    const [one, other] = [door(), door()]
    await consoles.open('pi', one.view)
    await expect.poll(() => one.heard.partial, waiting).toBe('pi login: ')
    expect(await consoles.open('pi', other.view)).toEqual({ lines: [], partial: 'pi login: ' })
    await consoles.write('pi', 'root\n')
    for (const { lines } of [one, other]) {
      await expect.poll(() => lines.map(({ text }) => text), waiting).toEqual(['pi login: hello root'])
    }
    await consoles.close('pi', one.view)
    await consoles.write('pi', 'still here\n')
    await expect.poll(() => other.lines.at(-1)?.text, waiting).toBe('still here')
    expect(one.lines).toHaveLength(1)
    await consoles.close('pi', other.view)
    await expect(consoles.write('pi', 'x')).rejects.toMatchObject({ code: 'run-busy' })
  })

  it('lose nothing unsaid in a flood: a slow door is told how many lines it missed', async () => {
    const consoles = new Consoles(async () => program('seq 1 200000; echo end; exec sleep 60'))
    const fast = door()
    const slow = door(() => new Promise((resolve) => setTimeout(resolve, 300)))
    await consoles.open('pi', fast.view)
    await consoles.open('pi', slow.view)
    for (const { lines, heard } of [fast, slow]) {
      await expect.poll(() => lines.at(-1)?.text, waiting).toBe('end')
      expect(heard.dropped).toBeGreaterThan(100_000)
      expect(lines.length + heard.dropped).toBe(200_001)
    }
    // Whoever comes later is given the last of them, and no more.
    const late = await consoles.open('pi', door().view)
    expect(late.lines).toHaveLength(10_000)
    await consoles.closeAll()
  })

  it('step aside for a job and come back', async () => {
    let opened = 0
    const consoles = new Consoles(async () => program(`echo opened ${++opened}; exec cat`))
    const { view, lines, heard } = door()
    await consoles.open('pi', view)
    await expect.poll(() => lines.length, waiting).toBe(1)
    const back = await consoles.pause('pi', 'Time heads on pi')
    await expect(consoles.write('pi', 'x')).rejects.toMatchObject({
      message: expect.stringContaining('Time heads on pi'),
    })
    back()
    await expect.poll(() => lines.map(({ text }) => text), waiting).toEqual(['opened 1', 'opened 2'])
    expect(heard.paused).toEqual(['Time heads on pi', null])
    expect(heard.ended).toEqual([])
    await consoles.closeAll()
  })

  it('say how they ended, and are opened again', async () => {
    const consoles = new Consoles(async () => program('exit 3'))
    const { view, heard } = door()
    await consoles.open('pi', view)
    await expect.poll(() => heard.ended, waiting).toEqual([expect.objectContaining({ message: 'ended with 3' })])
    await consoles.open('pi', view)
    await expect.poll(() => heard.ended.length, waiting).toBe(2)
  })
})
