import { CodedError } from '#common/errors.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Kernels } from './wasm/kernels.ts'
import { instantiate } from './wasm/kernels.ts'

/** Vectors are read and written past the end of what is meant; nothing else lies there. */
const slackBytes = 128
const alignment = 64
const pageBytes = 65_536
/** A board with 1 GB has other things to hold. */
const mostBytes = 512 * 2 ** 20

/** A feature map without gaps, [C, H, W], float32. */
export interface Place extends FeatureShape {
  /** In bytes. */
  address: number
}

/** The memory of one head with its views and kernels. */
export interface Machine {
  kernels: Kernels
  f32: Float32Array
  i32: Int32Array
}

/** Hands out addresses; nothing is given back, since a head's maps are small and its tables stay. */
export class Arena {
  #bytes = alignment

  /** The address of so many bytes, aligned; they are 0 at first. */
  take(bytes: number): number {
    const address = this.#bytes
    this.#bytes = Math.ceil((address + bytes + slackBytes) / alignment) * alignment
    if (this.#bytes > mostBytes) {
      throw new CodedError(
        'device-unsupported',
        `The look-up tables of this head need more than ${mostBytes / 2 ** 20} MB.`,
        'Cut earlier, or take a network of smaller width.',
      )
    }
    return address
  }

  map({ channels, height, width }: FeatureShape): Place {
    return { channels, height, width, address: this.take(4 * channels * height * width) }
  }

  open(): Machine {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(this.#bytes / pageBytes) })
    const kernels = instantiate(memory)
    return { kernels, f32: new Float32Array(memory.buffer), i32: new Int32Array(memory.buffer) }
  }
}

/** Part of a head: what it puts into the memory once, and what it does for an image. */
export interface Step {
  prepare?(machine: Machine): void
  run(machine: Machine): void
}

export const rowsOf = ({ address, height, width }: Place): [number, number, number] => [
  address,
  4 * width,
  4 * width * height,
]
