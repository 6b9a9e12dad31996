import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseOnnx } from '#common/formats/onnx/model.ts'
import { nodeCosts } from '#common/formats/onnx/split/cost.ts'
import { flowOf } from '#common/formats/onnx/split/flow.ts'
import { modelInput, modelOutput } from '#common/formats/onnx/split/inputShape.ts'
import { partOf } from '#common/formats/onnx/split/part.ts'
import type { OnnxPoint } from '#common/formats/onnx/split/points.ts'
import { layerName, usefulPoints } from '#common/formats/onnx/split/points.ts'
import type { RawModel, RawNode } from '#common/formats/onnx/split/raw.ts'
import { readRawModel } from '#common/formats/onnx/split/raw.ts'
import { sharedBytesOf, sharedWeights, wholePart } from '#common/formats/onnx/split/sharedWeights.ts'
import type { TinyNode } from '../../support/tinyOnnx.ts'
import { tinyOnnx } from '../../support/tinyOnnx.ts'

const floats = (name: string, shape: (number | string)[] = [1, 2]) => ({ name, type: 'float32' as const, shape })

const modelOf = (
  nodes: TinyNode[],
  output: string,
  constants: { name: string; shape: number[]; values: number[] }[] = [],
) => readRawModel(tinyOnnx({ input: floats('x'), output: floats(output), nodes, constants }))

const relu = (input: string, output: string): TinyNode => ({ operator: 'Relu', inputs: [input], output })
const add = (a: string, b: string, output: string): TinyNode => ({ operator: 'Add', inputs: [a, b], output })

const namesOf = (model: RawModel, output: string): string[] =>
  flowOf(model, 'x', output).crossings.map(({ tensor }) => tensor)

describe('crossing tensors', () => {
  it('are every tensor of a chain, and none inside of a shortcut', () => {
    const chain = modelOf([relu('x', 'a'), relu('a', 'b')], 'b')
    expect(namesOf(chain, 'b')).toEqual(['x', 'a', 'b'])
    const shortcut = modelOf([relu('x', 'a'), relu('a', 'b'), relu('b', 'c'), add('c', 'a', 'd'), relu('d', 'e')], 'e')
    expect(namesOf(shortcut, 'e')).toEqual(['x', 'a', 'd', 'e'])
  })

  it('are not disturbed by constants that are computed, nor by what leads nowhere', () => {
    const model = modelOf(
      [
        { operator: 'Add', inputs: ['k', 'k'], output: 'k2' },
        relu('x', 'a'),
        relu('x', 'dead'),
        add('a', 'k2', 'b'),
        add('b', 'k2', 'c'),
      ],
      'c',
      [{ name: 'k', shape: [2], values: [1, 2] }],
    )
    expect(namesOf(model, 'c')).toEqual(['x', 'a', 'b', 'c'])
  })

  /** A random graph without circles: each node reads one or two of the tensors before it. */
  const graphs = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 14 }).map((draws) => {
    const tensors = ['x']
    return draws.map(([a, b, single]): TinyNode => {
      const output = `t${tensors.length}`
      const pick = (draw: number): string => tensors[draw % tensors.length]!
      const node = single ? relu(pick(a), output) : add(pick(a), pick(b), output)
      tensors.push(output)
      return node
    })
  })

  it('equal those without which no way leads from the input to the output, in any order of the file', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (nodes, seed) => {
        const output = nodes.at(-1)!.output
        /** Whether the output can be reached from the input when `without` is taken away. */
        const reaches = (without: string): boolean => {
          const open = ['x']
          const seen = new Set<string>()
          for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
            if (tensor === without || seen.has(tensor)) continue
            seen.add(tensor)
            for (const node of nodes) if (node.inputs.includes(tensor)) open.push(node.output)
          }
          return seen.has(output)
        }
        fc.pre(reaches('nothing'))
        const expected = ['x', ...nodes.map((node) => node.output)].filter((tensor) => !reaches(tensor))
        const turned = [...nodes.slice(seed % nodes.length), ...nodes.slice(0, seed % nodes.length)]
        expect(new Set(namesOf(modelOf(turned, output), output))).toEqual(new Set(expected))
        expect(namesOf(modelOf(nodes, output), output)).toEqual(expected)
      }),
    )
  })

  it('refuse what is no graph, naming the node', () => {
    const refusal = (nodes: TinyNode[], output: string) => {
      try {
        flowOf(modelOf(nodes, output), 'x', output)
      } catch (error) {
        return (error as Error).message
      }
      return 'nothing was refused'
    }
    expect(refusal([add('x', 'b', 'a'), relu('a', 'b')], 'b')).toContain('runs in a circle')
    expect(refusal([relu('nobody', 'a')], 'a')).toContain('Node 0 (Relu) reads "nobody"')
    expect(refusal([relu('x', 'a'), relu('x', 'a')], 'a')).toContain('"a" is written twice (Node 1 (Relu))')
    expect(refusal([relu('x', 'a')], 'c')).toContain('does not depend on the input')
  })
})

describe('a part', () => {
  const constants = [
    { name: 'w1', shape: [2], values: [1, 2] },
    { name: 'w2', shape: [2], values: [3, 4] },
  ]
  const model = modelOf([add('x', 'w1', 'a'), relu('a', 'b'), add('b', 'w2', 'c')], 'c', constants)
  const flow = flowOf(model, 'x', 'c')
  const border = (name: string) => ({ name, type: 1, dims: [1, 2] })

  it('has its nodes and the constants that they read, no others', () => {
    const head = readRawModel(partOf(model, flow, border('x'), border('b')))
    expect(head.nodes.map(({ op }) => op)).toEqual(['Add', 'Relu'])
    expect([...head.constants.keys()]).toEqual(['w1'])
    expect([head.inputs[0], head.outputs[0]]).toMatchObject([border('x'), border('b')])
    const tail = readRawModel(partOf(model, flow, border('b'), border('c')))
    expect(tail.nodes.map(({ op }) => op)).toEqual(['Add'])
    expect([...tail.constants.keys()]).toEqual(['w2'])
    expect(tail.opset).toBe(17)
  })

  it('between a tensor and itself is one Identity', () => {
    const nothing = readRawModel(partOf(model, flow, border('x'), border('x')))
    expect(nothing.nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual([['Identity', 'x']])
    expect(nothing.outputs[0]!.name).not.toBe('x')
  })

  it('takes data from beside the model into itself', () => {
    const data = new Uint8Array(Float32Array.of(5, 6).buffer)
    const head = partOf(model, flow, border('x'), border('b'), { inline: new Map([['w1', data]]) })
    const inlined = readRawModel(head).constants.get('w1')!
    expect(inlined).toMatchObject({ dims: [2], type: 1, external: null })
    expect(Buffer.from(inlined.bytes).includes(Buffer.from(data))).toBe(true)
  })

  it('may leave its weights in a file that parts share, and has them inside again when it is made whole', () => {
    const large = Array.from({ length: 300 }, (_, index) => index / 7)
    const wide = modelOf([add('x', 'w1', 'a'), add('a', 'big', 'b'), add('b', 'huge', 'c')], 'c', [
      ...constants,
      { name: 'big', shape: [300], values: large },
      { name: 'huge', shape: [2, 300], values: [...large, ...large.map((one) => -one)] },
    ])
    const way = flowOf(wide, 'x', 'c')
    const shared = sharedWeights(wide, new Map())!
    // Small ones stay where they are; the rest begins where memory can be mapped.
    expect([...shared.places]).toEqual([
      ['big', { offset: 0, length: 1200 }],
      ['huge', { offset: 4096, length: 2400 }],
    ])
    const content = Buffer.concat(shared.chunks)
    expect(content).toHaveLength(shared.bytes)
    const places = { location: 'f'.repeat(64), places: shared.places }
    const part = partOf(wide, way, border('x'), border('b'), { shared: places })
    expect(part.length).toBeLessThan(600)
    expect(sharedBytesOf(part)).toBe(1200)
    expect(readRawModel(part).constants.get('big')).toMatchObject({
      ...{ dims: [300], type: 1 },
      external: { location: places.location, offset: 0, length: 1200 },
    })
    const whole = Buffer.concat(
      wholePart(part).map((piece) =>
        piece instanceof Uint8Array ? piece : content.subarray(piece.offset, piece.offset + piece.length),
      ),
    )
    const [expected, got] = [partOf(wide, way, border('x'), border('b')), whole].map((bytes) => parseOnnx(bytes).graph)
    expect(got!.nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual(
      expected!.nodes.map(({ op, inputs }) => [op, ...inputs]),
    )
    for (const name of ['w1', 'big']) {
      expect(got!.initialisers.get(name)!.read()).toEqual(expected!.initialisers.get(name)!.read())
    }
    expect(sharedBytesOf(whole)).toBe(0)
  })
})

describe('costs', () => {
  it('count convolutions, matrices and their weights as by hand', () => {
    const model = modelOf(
      [
        { operator: 'Conv', inputs: ['x', 'w', 'b'], output: 'c', attributes: { group: 2 } },
        { operator: 'Flatten', inputs: ['c'], output: 'f' },
        { operator: 'Gemm', inputs: ['f', 'm'], output: 'g', attributes: { transB: 1 } },
      ],
      'g',
      [
        { name: 'w', shape: [4, 1, 3, 3], values: Array(36).fill(0) },
        { name: 'b', shape: [4], values: [0, 0, 0, 0] },
        { name: 'm', shape: [5, 36], values: Array(180).fill(0) },
      ],
    )
    const flow = flowOf(model, 'x', 'g')
    const shapes = new Map<string, number[]>([
      ['x', [1, 2, 3, 3]],
      ['w', [4, 1, 3, 3]],
      ['b', [4]],
      ['m', [5, 36]],
      ['c', [1, 4, 3, 3]],
      ['f', [1, 36]],
      ['g', [1, 5]],
    ])
    const { costs } = nodeCosts(model, flow, shapes)
    // 4 × 3 × 3 outputs of one 1 × 3 × 3 kernel each; 5 outputs of 36 inputs.
    expect(costs.map(({ macs }) => macs)).toEqual([36 * 9, 0, 180])
    expect(costs.map(({ parameters }) => parameters)).toEqual([36 + 4, 0, 180])
  })
})

describe('points', () => {
  const point = (name: string, bytes: number, headMacs: number, shape = [bytes / 4]): OnnxPoint => ({
    ...{ name, tensor: name, after: 0, shape, bytes, headMacs, headParameters: 0 },
  })

  it('behind one multiplication are reduced to the one that sends the fewest bytes', () => {
    const points = [
      point('input', 400, 0),
      point('normalised', 400, 0),
      point('conv', 800, 10, [2, 10, 10]),
      point('relu', 800, 10, [2, 10, 10]),
      point('conv2', 800, 20, [2, 10, 10]),
      point('relu2', 800, 20, [2, 10, 10]),
      point('pool', 200, 20, [2, 5, 5]),
      point('flatten', 200, 20, [50]),
      point('fc', 40, 30),
      point('output', 40, 30),
    ]
    expect(usefulPoints(points).map(({ name }) => name)).toEqual(['input', 'relu', 'pool', 'output'])
  })

  it('are at most as many as wanted, with both ends and every new minimum', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 2, maxLength: 90 }), (bytes) => {
        const points = bytes.map((count, at) => point(`p${at}`, count, at))
        const chosen = usefulPoints(points, 12)
        expect(chosen.length).toBe(Math.min(12, points.length))
        expect([chosen[0], chosen.at(-1)]).toEqual([points[0], points.at(-1)])
        const minima = points.filter(({ bytes: own }, at) => points.slice(0, at).every((other) => other.bytes > own))
        if (minima.length < 12) expect(chosen).toEqual(expect.arrayContaining(minima))
      }),
    )
  })

  it('are named as their layer is', () => {
    const named = (name: string, op = 'Conv', tensor = 't') =>
      layerName({ node: { name, op, index: 7 } as RawNode, tensor })
    expect(named('/layer1/layer1.0/conv1/Conv')).toBe('layer1.0/conv1')
    expect(named('/features/features.0/features.0.2/Clip', 'Clip')).toBe('features.0.2')
    expect(named('node_conv2d_3')).toBe('conv2d_3')
    expect(named('', 'Conv', 'add_1')).toBe('add_1')
    expect(named('n12', 'Conv', 'r12')).toBe('Conv 7')
  })
})

describe('the input', () => {
  const input = (type: number, dims: (number | string | null)[] | null, more: string[] = []) => ({
    inputs: [{ name: 'image', type, dims }, ...more.map((name) => ({ name, type: 1, dims: [1] }))],
  })
  const said = (model: ReturnType<typeof input>, shape: number[] | null = null, size: number | null = null) => {
    try {
      return modelInput(model, { shape, size }).dims
    } catch (error) {
      const { message, hint } = error as Error & { hint?: string }
      return `${message} ${hint}`
    }
  }

  it('has a batch of one, and the extents that the user adds', () => {
    expect(said(input(1, ['N', 3, 224, 224]))).toEqual([1, 3, 224, 224])
    expect(said(input(1, ['N', 3, 'H', 'W']), null, 192)).toEqual([1, 3, 192, 192])
    expect(said(input(2, [1, null, null, 3]), null, 64)).toEqual([1, 64, 64, 3])
    expect(said(input(1, null), [1, 80, 3000])).toEqual([1, 80, 3000])
  })

  it('is asked for where the file leaves it open, with an example that works', () => {
    const asked = said(input(1, ['N', 3, 'H', 'W'])) as string
    expect(asked).toContain('leaves the size of its input open: image float32 [N, 3, H, W]')
    expect(asked).toContain('--size 224')
    expect(said(input(1, [null, 'T', 80]))).toContain('--input 1,224,80')
  })

  it.each([
    [input(7, [1, 'T']), 'int64: indices such as token ids'],
    [input(10, [1, 3, 8, 8]), 'float16'],
    [input(0, null), 'a sequence or a map'],
    [input(1, [8, 3, 32, 32]), 'fixed to a batch of 8'],
    [input(1, [1, 3, 8, 8], ['mask']), 'takes 2 inputs (image float32 [1, 3, 8, 8], mask'],
    [{ inputs: [] }, 'has no input'],
  ])('is refused where it is none: %#', (model, words) => {
    expect(said(model as ReturnType<typeof input>)).toContain(words)
  })

  it('must fit what the user says', () => {
    expect(said(input(1, ['N', 3, 224, 224]), [1, 3, 32, 32])).toContain('does not fit')
    expect(said(input(1, ['N', 3, 'H', 'W']), [4, 3, 32, 32])).toContain('has a batch of 4')
    expect(said(input(1, ['N', 10]), null, 5)).toContain('--size 5 does not fit')
  })

  it('leads to one output, which has to be named where there are several', () => {
    const outputs = [
      { name: 'boxes', type: 1, dims: null },
      { name: 'scores', type: 1, dims: null },
    ]
    expect(modelOutput({ outputs }, 'scores').name).toBe('scores')
    expect(() => modelOutput({ outputs }, null)).toThrow('2 outputs: boxes, scores')
    expect(() => modelOutput({ outputs }, 'other')).toThrow('no output "other"')
  })
})

describe('a damaged file', () => {
  it('is named as such, wherever it is cut or changed', () => {
    const whole = tinyOnnx({ input: floats('x'), output: floats('a'), nodes: [relu('x', 'a')] })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const bytes = cut ? whole.slice(0, at) : whole.map((byte, index) => (index === at ? value : byte))
        try {
          const model = readRawModel(bytes)
          flowOf(model, modelInput(model, { shape: null, size: 2 }).name, modelOutput(model, null).name)
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^bad-/)
        }
      }),
    )
  })
})
