import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import type { ImportOptions } from '#common/formats/onnx/import/index.ts'
import { importOnnx } from '#common/formats/onnx/import/index.ts'
import { externalReader } from '../../../../src/system/onnxFiles.ts'
import { readFields, writeFields } from '../../../support/fuzz/protobufTree.ts'
import { importFixtures } from '../../../support/importing.ts'
import type { TinyNode, TinyValue } from '../../../support/tinyOnnx.ts'
import { tinyOnnx } from '../../../support/tinyOnnx.ts'

const image: TinyValue = { name: 'x', type: 'float32', shape: ['N', 3, 8, 8] }
const output: TinyValue = { name: 'y', type: 'float32', shape: ['N', 4] }
const node = (operator: string, inputs: string[], out: string, attributes = {}): TinyNode => ({
  ...{ operator, inputs, output: out, attributes },
})
const kernel = (shape: number[]) => ({
  name: 'w',
  shape,
  values: new Array(shape.reduce((a, b) => a * b, 1)).fill(0.1),
})
const end = [node('GlobalAveragePool', ['c'], 'p'), node('Flatten', ['p'], 'y')]

/** The one error of an import. */
function refusal(file: Uint8Array, options: Partial<ImportOptions> = {}): CodedError {
  try {
    importOnnx(file, { file: 'net.onnx', name: 'net', external: externalReader('/nowhere/net.onnx'), ...options })
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError)
    expect((error as Error).message).not.toContain('\n')
    return error as CodedError
  }
  throw new Error('it was imported')
}
const graph = (nodes: TinyNode[], constants = [kernel([4, 3, 3, 3])], input = image): Uint8Array =>
  tinyOnnx({ input, output, nodes, constants })

describe('what cannot be imported is said in one message', () => {
  it('imports the graph that the others are variations of', () => {
    const file = graph([node('Conv', ['x', 'w'], 'c'), ...end])
    const { model } = importOnnx(file, { file: 'a', name: 'a', external: externalReader('a') })
    expect(model.network.layers.map(({ op }) => op)).toEqual(['input', 'conv', 'adaptivepool', 'flatten'])
  })

  it('nodes without a layer here: all of them, with type and position', () => {
    const { message, hint } = refusal(
      graph([node('Conv', ['x', 'w'], 'a'), node('Mish', ['a'], 'b'), node('LRN', ['b'], 'c'), ...end]),
    )
    expect(message).toMatch(/2 nodes have no layer here\. Mish \(node 2 of 5\): .*; LRN \(node 3 of 5\): /)
    expect(hint).toMatch(/Known are convolutions/)
  })

  it('a cycle, and a part that is missing', () => {
    expect(refusal(graph([node('Add', ['x', 'c'], 'a'), node('Conv', ['a', 'w'], 'c'), ...end])).message).toMatch(
      /Add \(node 1 of 4\): it reads "c", which nothing before it writes \(a cycle/,
    )
    expect(refusal(graph([node('Conv', ['x', 'absent'], 'c'), ...end])).message).toMatch(/it reads "absent"/)
  })

  it('shapes that do not fit', () => {
    expect(refusal(graph([node('Conv', ['x', 'w'], 'c'), ...end], [kernel([4, 5, 3, 3])])).message).toMatch(
      /its filters read 5 channels, and there are 3/,
    )
    expect(refusal(graph([node('Conv', ['x', 'w'], 'c'), ...end], [kernel([4, 3, 9, 9])])).message).toMatch(
      /empty output/,
    )
    const sum = [node('Conv', ['x', 'w'], 'a'), node('Add', ['a', 'x'], 'c'), ...end]
    expect(refusal(graph(sum)).message).toMatch(/adds maps of 4×6×6 and 3×8×8/)
  })

  it('groups that do not fit, pools with gaps, products of maps that do not lie alike, means without their padding', () => {
    const conv = (attributes: object, shape: number[]): string =>
      refusal(graph([node('Conv', ['x', 'w'], 'c', attributes), ...end], [kernel(shape)])).message
    expect(conv({ group: 3 }, [7, 1, 3, 3])).toMatch(/3 groups, into which its 3 channels and 7 filters cannot/)
    expect(conv({ group: 3 }, [6, 2, 3, 3])).toMatch(/read 2 channels in each of 3 groups, and there are 3/)
    expect(conv({ dilations: [5, 5] }, [4, 3, 3, 3])).toMatch(/empty output/)
    const holes = node('MaxPool', ['a'], 'c', { kernel_shape: [2, 2], dilations: [2, 2] })
    expect(refusal(graph([node('Conv', ['x', 'w'], 'a'), holes, ...end])).message).toMatch(/dilated by \[2, 2\]/)
    const product = [node('Conv', ['x', 'w'], 'a'), node('Mul', ['a', 'x'], 'c'), ...end]
    expect(refusal(graph(product)).message).toMatch(/multiplies maps of 4×6×6 and 3×8×8, which do not lie alike/)
    const pool = node('AveragePool', ['a'], 'c', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
    expect(refusal(graph([node('Conv', ['x', 'w'], 'a'), pool, ...end])).message).toMatch(/leaves its padding out/)
  })

  it('other images than three channels, other versions, several outputs', () => {
    const nodes = [node('Conv', ['x', 'w'], 'c'), ...end]
    expect(refusal(graph(nodes, undefined, { ...image, shape: ['N', 1, 8, 8] })).message).toMatch(/no three channels/)
    expect(refusal(graph(nodes, undefined, { ...image, shape: ['N', 3, 'H', 'W'] })).message).toMatch(
      /images of any size/,
    )
    // 2²³ pixels in a batch at most: the original is run with all of them.
    expect(refusal(graph(nodes, undefined, { ...image, shape: [2 ** 17 + 1, 3, 8, 8] })).message).toMatch(
      /takes 131073 images at once/,
    )
    const fields = readFields(graph(nodes))
    fields.find(({ number }) => number === 8)!.value = writeFields([{ number: 2, wire: 0, value: 99 }])
    expect(refusal(writeFields(fields)).message).toMatch(/operator set 99 is newer than 26/)
    const inner = readFields(fields.find(({ number }) => number === 7)!.value as Uint8Array)
    const two = readFields(graph(nodes))
    two.find(({ number }) => number === 7)!.value = writeFields([...inner, inner.find(({ number }) => number === 12)!])
    expect(refusal(writeFields(two)).message).toMatch(/has 2 outputs: y, y/)
  })

  it('constants and maps that grow without bound', () => {
    const doubling = (operator: string, first: string) =>
      Array.from({ length: 60 }, (_, step) =>
        node(operator, [step === 0 ? first : `d${step - 1}`, step === 0 ? first : `d${step - 1}`], `d${step}`, {
          axis: operator === 'Concat' && first === 'x' ? 1 : 0,
        }),
      )
    const nodes = [node('Conv', ['x', 'w'], 'c'), ...end]
    const constants = refusal(
      graph([node('Constant', [], 'n', { value_ints: [7] }), ...doubling('Concat', 'n'), ...nodes]),
    )
    expect(constants.message).toMatch(/computes a constant of \d+ numbers/)
    const maps = refusal(graph([...doubling('Concat', 'x'), node('Conv', ['d59', 'w'], 'c'), ...end]))
    expect(maps.message).toMatch(/would have/)
    const huge = [node('Constant', [], 'n', { value_ints: [2 ** 40] }), node('ConstantOfShape', ['n'], 'm')]
    expect(refusal(graph([...huge, ...nodes])).message).toMatch(/computes a constant of 1099511627776 numbers/)
  })

  it('a file that is cut anywhere, except where only the versions are missing', () => {
    const whole = graph([node('Conv', ['x', 'w'], 'c'), ...end])
    for (let length = 0; length < whole.length; length += 7) {
      expect(refusal(whole.slice(0, length)).code).toBe('bad-network')
    }
  })
})

describe('weights outside of the file', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-external-'))
    writeFileSync(join(folder, 'weights.bin'), new Uint8Array(16))
    symlinkSync('/etc/passwd', join(folder, 'link'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const read =
    (location: string, offset = 0, length?: number) =>
    () =>
      externalReader(join(folder, 'net.onnx'))({ location, offset, length })

  it('are read from the folder of the file, and from nowhere else', () => {
    expect(read('weights.bin', 4, 8)()).toHaveLength(8)
    expect(read('./weights.bin')()).toHaveLength(16)
    for (const location of ['/etc/passwd', '../x', 'a/../../x', '..\\x', 'link', 'file:///etc/passwd', 'C:\\x']) {
      expect(read(location), location).toThrow(/which is not in its own folder/)
    }
    expect(read('absent')).toThrow(/not there or cannot be read/)
    expect(read('.')).toThrow(/not a file/)
    expect(read('weights.bin', 12, 8)).toThrow(/has 16 bytes; bytes 12 to 20 are needed/)
  })

  it('are found where PyTorch writes them', () => {
    const path = join(importFixtures, 'resnet.dynamo.onnx')
    const options = { file: path, name: 'resnet', external: externalReader(path) }
    expect(importOnnx(readFileSync(path), options).model.network.classes).toBe(10)
  })
})
