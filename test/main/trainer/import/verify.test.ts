import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runImport } from '../../../../src/main/trainer/import/run.ts'
import { describeWith } from '../../../support/requires.ts'
import { tinyOnnx } from '../../../support/tinyOnnx.ts'

describeWith('onnxruntime', 'comparing an imported network with its file', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-verify-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const run = (batch: number | string, size: number) => {
    const file = join(folder, 'net.onnx')
    const node = (operator: string, inputs: string[], output: string) => ({ operator, inputs, output })
    writeFileSync(
      file,
      tinyOnnx({
        input: { name: 'x', type: 'float32', shape: [batch, 3, size, size] },
        output: { name: 'y', type: 'float32', shape: [batch, 2] },
        nodes: [
          node('Conv', ['x', 'w'], 'c'),
          node('HardSwish', ['c'], 'h'),
          node('GlobalAveragePool', ['h'], 'p'),
          node('Flatten', ['p'], 'y'),
        ],
        constants: [{ name: 'w', shape: [2, 3, 1, 1], values: [1, -2, 0.5, 0.25, 1, -1] }],
      }),
    )
    const out = join(folder, 'out')
    const given = { mean: null, std: null, pixels: null, size: null, output: null }
    const silent = { progress() {}, metric() {}, log() {} }
    return runImport({ file, out, name: 'net', ...given }, silent, new AbortController().signal)
  }

  it('takes fewer images where they are large, two at least', async () => {
    expect((await run('N', 16)).check).toMatchObject({ images: 8, allowed: 1e-4 })
    // The original runs with all images of its batch.
    expect((await run(4, 512)).check.images).toBe(4)
    expect((await run(8, 512)).check.images).toBe(2)
  })

  it('says in one line why the file does not run, and leaves nothing', async () => {
    rmSync(join(folder, 'out'), { recursive: true, force: true })
    const error = await run(0, 16).then(
      () => 'it was imported',
      ({ code, message }) => `${code}: ${message}`,
    )
    expect(error).toMatch(/^check-failed: .*does not run the original \(.*Expected: 0/)
    expect(error).not.toContain('\n')
    expect(existsSync(join(folder, 'out'))).toBe(false)
  })
})
