import { assemble } from './assembler.ts'
import { halve, rows } from './maps.ts'
import { gather, mostTerms, product, sum } from './tables.ts'

/** Addresses and pitches in bytes; see tables.ts and maps.ts. */
export interface Kernels {
  product(
    ...args: [out: number, x: number, d: number, rows: number, depth: number, length: number, pitch: number]
  ): void
  /** By the number of planes, 1…9; index 0 is empty. */
  sums: ((out: number, terms: number, count: number, bytes: number, pitch: number) => void)[]
  gather(out: number, terms: number, count: number, n: number): void
  halve(out: number, x: number, planes: number, height: number, width: number): void
  rows(
    out: readonly [address: number, row: number, plane: number],
    x: readonly [address: number, row: number, plane: number],
    extent: readonly [planes: number, height: number, width: number],
    affine: readonly [scales: number, shifts: number, low: number, high: number],
  ): void
}

/** Unrolled for every number of planes. */
export const kernelModule = (): Uint8Array<ArrayBuffer> =>
  assemble([product(), gather(), rows(), halve(), ...Array.from({ length: mostTerms }, (_, n) => sum(n + 1))])

let compiled: WebAssembly.Module | undefined

/** The kernels over a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(kernelModule())
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const named = exports as unknown as Record<string, (...args: number[]) => void>
  return {
    product: named.product as Kernels['product'],
    gather: named.gather as Kernels['gather'],
    halve: named.halve as Kernels['halve'],
    sums: Array.from({ length: mostTerms + 1 }, (_, n) => (n === 0 ? () => {} : named[`sum${n}`]!)),
    rows: (out, x, extent, affine) => named.rows!(...out, ...x, ...extent, ...affine),
  }
}
