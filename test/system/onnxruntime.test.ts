import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSession, runSession, runtimeVersion } from '../../src/system/onnxruntime.ts'
import { tinyOnnx } from '../support/tinyOnnx.ts'

const value = (name: string) => ({ name, type: 'float32', shape: ['N', 3] }) as const
const doubling = tinyOnnx({
  input: value('features'),
  output: value('logits'),
  nodes: [{ operator: 'Add', inputs: ['features', 'features'], output: 'logits' }],
})

describe('ONNX Runtime', () => {
  it('is the version that is installed', async () => {
    const file = join(import.meta.dirname, '../../node_modules/onnxruntime-node/package.json')
    expect(await runtimeVersion()).toBe(JSON.parse(readFileSync(file, 'utf8')).version)
  })

  it.each(['off', 'on'] as const)('runs a model of any batch, optimisation %s', async (optimisation) => {
    const session = await createSession(doubling, { threads: 1, optimisation })
    const result = await runSession(session, Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])
    expect([...result.data]).toEqual([2, 4, 6, 8, 10, 12])
    expect(result.shape).toEqual([2, 3])
    await session.session.release()
  })

  it('refuses what is no model', async () => {
    await expect(createSession(Uint8Array.of(1, 2, 3), { threads: 1, optimisation: 'on' })).rejects.toThrow()
  })

  it('keeps its telemetry to itself, even where nobody set the switch', () => {
    const home = mkdtempSync(join(tmpdir(), 'splitbench-home-'))
    const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env
    const script = `
      import { createSession } from ${JSON.stringify(join(import.meta.dirname, '../../src/system/onnxruntime.ts'))}
      await createSession(Uint8Array.from(${JSON.stringify([...doubling])}), { threads: 1, optimisation: 'on' })
      await new Promise((resolve) => setTimeout(resolve, 300))`
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...environment, HOME: home, XDG_CACHE_HOME: join(home, '.cache') },
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(readdirSync(home)).toEqual([])
    rmSync(home, { recursive: true })
  })
})
