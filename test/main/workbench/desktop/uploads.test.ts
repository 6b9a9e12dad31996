import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeUpload } from '../../../../src/main/workbench/desktop/uploads.ts'

let workspace: string
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'splitbench-upload-'))
})
afterEach(() => rmSync(workspace, { recursive: true, force: true }))

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
const send = (offset: number, end: number, name = 'model.onnx') =>
  takeUpload(workspace, { name, size: content.length, offset, data: content.subarray(offset, end) })

describe('an upload', () => {
  it('is there once it is whole, and replaces one of its name', async () => {
    for (let round = 0; round < 2; round++) {
      expect(await send(0, 600)).toBeNull()
      const path = await send(600, 1000)
      expect(path).toBe(join(workspace, 'models', 'model.onnx'))
      expect([...readFileSync(path!)]).toEqual([...content])
      expect(readdirSync(join(workspace, 'models'))).toEqual(['model.onnx'])
    }
  })

  it('goes on where it was, or starts over', async () => {
    await send(0, 600)
    await expect(send(700, 1000)).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringContaining('broken off'),
    })
    await send(0, 1000)
    expect(readFileSync(join(workspace, 'models', 'model.onnx')).length).toBe(1000)
  })

  it.each(['../model.onnx', 'a/b.onnx', '.onnx', '.hidden.onnx', 'model.txt', 'a\\b.onnx', 'x\u0000.onnx', ''])(
    'must have the name of a file: %j',
    async (name) => {
      await expect(send(0, 1000, name)).rejects.toMatchObject({ code: 'bad-data' })
      expect(readdirSync(workspace)).toEqual([])
    },
  )
})
