/**
 * WebAssembly modules written as typed expressions: a kernel is built where it runs, specialised and unrolled by ordinary
 * loops, and nobody needs a compiler to install or to change it. Only what the kernels of this folder use is here; codes
 * are those of the WebAssembly 2.0 specification, §5 (binary format).
 */
export type ValueType = 'i32' | 'f32' | 'v128'

/** Instructions that leave one value on the stack. `T` never exists at run time: it keeps an address from being a vector. */
export interface Expression<T extends ValueType> {
  readonly type: T
  readonly code: readonly number[]
}
/** Instructions that leave nothing. */
export type Statement = readonly number[]

const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

/** LEB128 of an integer of 32 bits, signed as a constant's operand is. */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value >>> 0; ; ) {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
    if (rest === 0) return bytes
  }
}

const vector = (code: number): number[] => [0xfd, ...unsigned(code)]
const operation =
  <A extends ValueType, R extends ValueType>(type: R, opcode: readonly number[]) =>
  (a: Expression<A>, b: Expression<A>): Expression<R> => ({ type, code: [...a.code, ...b.code, ...opcode] })

export const i32 = (value: number): Expression<'i32'> => ({ type: 'i32', code: [0x41, ...signed(value)] })
export const addI32 = operation<'i32', 'i32'>('i32', [0x6a])
export const subI32 = operation<'i32', 'i32'>('i32', [0x6b])
export const mulI32 = operation<'i32', 'i32'>('i32', [0x6c])
export const lessI32 = operation<'i32', 'i32'>('i32', [0x48])
export const addF32 = operation<'f32', 'f32'>('f32', [0x92])
export const mulF32 = operation<'f32', 'f32'>('f32', [0x94])
export const minF32 = operation<'f32', 'f32'>('f32', [0x96])
export const maxF32 = operation<'f32', 'f32'>('f32', [0x97])
export const addF32x4 = operation<'v128', 'v128'>('v128', vector(0xe4))
export const mulF32x4 = operation<'v128', 'v128'>('v128', vector(0xe6))
export const minF32x4 = operation<'v128', 'v128'>('v128', vector(0xe8))
export const maxF32x4 = operation<'v128', 'v128'>('v128', vector(0xe9))
/** Four of the eight numbers of two vectors, by their places. */
export const pick = (
  a: Expression<'v128'>,
  b: Expression<'v128'>,
  places: readonly [number, number, number, number],
): Expression<'v128'> => ({
  type: 'v128',
  code: [
    ...a.code,
    ...b.code,
    ...vector(0x0d),
    ...places.flatMap((place) => [0, 1, 2, 3].map((byte) => 4 * place + byte)),
  ],
})
export const splat = (value: Expression<'f32'>): Expression<'v128'> => ({
  type: 'v128',
  code: [...value.code, ...vector(0x13)],
})
export const zeros: Expression<'v128'> = { type: 'v128', code: [...vector(0x0c), ...Array<number>(16).fill(0)] }

/** Alignment (as a power of two) and offset behind a load or store. */
const at = (align: number, offset: number): number[] => [align, ...unsigned(offset)]
const load =
  <R extends ValueType>(type: R, opcode: readonly number[], align: number) =>
  (address: Expression<'i32'>, offset = 0): Expression<R> => ({
    type,
    code: [...address.code, ...opcode, ...at(align, offset)],
  })
export const loadI32 = load('i32', [0x28], 2)
export const loadF32 = load('f32', [0x2a], 2)
/** Vectors are aligned to numbers only. */
export const loadV128 = load('v128', vector(0x00), 2)
/** One number in all four lanes. */
export const loadSplat = load('v128', vector(0x09), 2)
export const storeF32 = (address: Expression<'i32'>, value: Expression<'f32'>, offset = 0): Statement => [
  ...address.code,
  ...value.code,
  ...[0x38, ...at(2, offset)],
]
export const storeV128 = (address: Expression<'i32'>, value: Expression<'v128'>, offset = 0): Statement => [
  ...address.code,
  ...value.code,
  ...[...vector(0x0b), ...at(2, offset)],
]

/** A parameter or local variable of a function. */
export interface Variable<T extends ValueType> {
  readonly type: T
  readonly index: number
}
export const get = <T extends ValueType>({ type, index }: Variable<T>): Expression<T> => ({
  type,
  code: [0x20, ...unsigned(index)],
})
export const set = <T extends ValueType>({ index }: Variable<T>, { code }: Expression<T>): Statement => [
  ...code,
  ...[0x21, ...unsigned(index)],
]
export const advance = (variable: Variable<'i32'>, by: Expression<'i32'>): Statement =>
  set(variable, addI32(get(variable), by))

/** Runs the body while the condition is not 0, once at least. */
export const repeat = (body: readonly Statement[], condition: Expression<'i32'>): Statement => [
  ...[0x03, 0x40],
  ...body.flat(),
  ...condition.code,
  ...[0x0d, 0x00, 0x0b],
]
/** Runs the body where the condition is not 0. */
export const when = (condition: Expression<'i32'>, body: readonly Statement[]): Statement => [
  ...condition.code,
  ...[0x04, 0x40],
  ...body.flat(),
  0x0b,
]
/** Runs the body while the condition is not 0, perhaps never. */
export const loop = (condition: Expression<'i32'>, body: readonly Statement[]): Statement =>
  when(condition, [repeat(body, condition)])

type Named<N extends string, T extends ValueType> = Record<N, Variable<T>>

/** Hands out the variables of one function: first its parameters, then the others. */
export class Frame {
  readonly parameters: ValueType[] = []
  readonly locals: ValueType[] = []

  /** Parameters in the order of the call. */
  take<T extends ValueType, N extends string>(type: T, ...names: readonly N[]): Named<N, T> {
    if (this.locals.length > 0) throw new Error('a parameter behind a local variable')
    return this.#named(this.parameters, type, names)
  }

  /** Local variables, 0 at first. */
  local<T extends ValueType, N extends string>(type: T, ...names: readonly N[]): Named<N, T> {
    return this.#named(this.locals, type, names)
  }

  /** A numbered row of them. */
  several<T extends ValueType>(type: T, count: number): Variable<T>[] {
    return Array.from({ length: count }, () => this.local(type, 'one').one)
  }

  #named<T extends ValueType, N extends string>(into: ValueType[], type: T, names: readonly N[]): Named<N, T> {
    return Object.fromEntries(
      names.map((name) => {
        into.push(type)
        return [name, { type, index: this.parameters.length + this.locals.length - 1 }]
      }),
    ) as Named<N, T>
  }
}

/** An exported function without a result. */
export interface Procedure {
  name: string
  frame: Frame
  body: readonly Statement[]
}

const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
const section = (id: number, items: readonly (readonly number[])[]): number[] => [id, ...sized(list(items))]
const text = (value: string): number[] => sized([...value].map((letter) => letter.charCodeAt(0)))

/** The module's bytes: it imports `env.memory` and exports every procedure by its name. */
export function assemble(procedures: readonly Procedure[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      procedures.map(({ frame }) => [0x60, ...list(frame.parameters.map((type) => [typeCodes[type]])), 0x00]),
    ),
    ...section(2, [[...text('env'), ...text('memory'), 0x02, 0x00, 0x01]]),
    ...section(
      3,
      procedures.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      procedures.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]),
    ),
    ...section(
      10,
      procedures.map(({ frame, body }) =>
        sized([...list(frame.locals.map((type) => [0x01, typeCodes[type]])), ...body.flat(), 0x0b]),
      ),
    ),
  ])
}
