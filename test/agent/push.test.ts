import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import type { PushProgress } from '../../src/main/workbench/devices/push.ts'
import { sha256File } from '../../src/system/hash.ts'
import { childrenWith } from '../support/agentProcess.ts'
import { useAgents } from '../support/agents.ts'

const agents = useAgents()
const never = new AbortController().signal

describe('a push', () => {
  it('sends only what is missing, tells bytes, rate and rest, and resumes what was broken off', async () => {
    const device = await agents.connect()
    const path = join(agents.folder, 'big.bin')
    await writeFile(path, Buffer.alloc(3_000_000, 'splitbench'))
    const hash = await sha256File(path)
    const abort = new AbortController()
    const seen: PushProgress[] = []
    await expect(
      device.pushFiles(
        [path],
        (progress) => {
          seen.push(progress)
          if (progress.done > 1_000_000) abort.abort()
        },
        abort.signal,
      ),
    ).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readdir(agents.store)).toEqual([`${hash}.part`])

    const again = await agents.reconnect()
    const resumed: PushProgress[] = []
    await again.pushFiles([path, path], (progress) => resumed.push(progress), never)
    expect(await readdir(agents.store)).toEqual([hash])
    expect(resumed[0]!.total).toBeLessThan(2_000_000)
    expect(resumed.at(-1)).toMatchObject({ done: resumed[0]!.total, etaS: 0, path })
    expect(resumed.at(-1)!.bytesPerSecond).toBeGreaterThan(0)

    const nothing: PushProgress[] = []
    await again.pushFiles([path], (progress) => nothing.push(progress), never)
    expect(nothing).toEqual([])
  })

  it('fails where the file changes under it, and leaves no file', async () => {
    const device = await agents.connect()
    const path = join(agents.folder, 'changing.bin')
    await writeFile(path, Buffer.alloc(4_000_000, 'a'))
    let changed: Promise<void> | undefined
    await expect(
      device.pushFiles(
        [path],
        () => {
          changed ??= writeFile(path, Buffer.alloc(4_000_000, 'c'))
        },
        never,
      ),
    ).rejects.toBeInstanceOf(CodedError)
    await changed
    expect((await readdir(agents.store)).filter((name) => !name.endsWith('.part'))).toEqual([])
  })

  it('goes on with a new agent after the first was killed in the middle', async () => {
    const device = await agents.connect()
    const path = join(agents.folder, 'killed.bin')
    await writeFile(path, Buffer.alloc(4_000_000, 'killed'))
    const [pid] = childrenWith(agents.store) as [number]
    await expect(
      device.pushFiles(
        [path],
        ({ done }) => {
          if (done > 1_000_000) process.kill(pid, 'SIGKILL')
        },
        never,
      ),
    ).rejects.toMatchObject({ code: 'device-failed', message: expect.stringMatching(/ended by SIGKILL/) })
    const again = await agents.reconnect()
    const hashes = await again.pushFiles([path], () => {}, never)
    expect(await readdir(agents.store)).toEqual([hashes.get(path)])
  })
})
