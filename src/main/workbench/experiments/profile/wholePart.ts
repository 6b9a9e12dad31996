import { open, readFile } from 'node:fs/promises'
import type { Elsewhere } from '#common/formats/onnx/protobuf.ts'
import { wholePart } from '#common/formats/onnx/split/sharedWeights.ts'
import { writeFileAtomic } from '../../../../system/atomic.ts'

/** A head or a tail as one file that needs no other: for people, and for agents that do not know shared weights. */
export async function writeWholePart(part: string, weights: string | null, path: string): Promise<void> {
  const bytes = await readFile(part)
  await writeFileAtomic(path, weights === null ? bytes : gathered(wholePart(bytes), weights), { durable: false })
}

async function* gathered(pieces: readonly (Uint8Array | Elsewhere)[], weights: string): AsyncGenerator<Uint8Array> {
  const file = await open(weights)
  try {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) yield piece
      else {
        const data = new Uint8Array(piece.length)
        await file.read(data, 0, piece.length, piece.offset)
        yield data
      }
    }
  } finally {
    await file.close()
  }
}
