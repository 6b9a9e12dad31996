import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkTensors } from '#common/contract/inference.ts'
import type { Candidate } from '#common/contract/result.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'

/** A candidate's check data on disk: two images whose features are these values; codes stand for 0.5 · code + 1. */
export function writeFeatures(
  folder: string,
  { files, partitionPoint, framework }: Candidate,
  features: Float32Array | Uint8Array,
): void {
  const codes = features instanceof Uint8Array
  mkdirSync(join(folder, files.split, '..'), { recursive: true })
  writeFileSync(
    join(folder, files.split),
    JSON.stringify({
      ...{ protocol: 1, framework, partitionPoint, bits: codes ? 8 : 32, packing: 'raw', tiling: 'none' },
      features: {
        ...{ type: codes ? 'uint8' : 'float32', shape: [features.length / 2] },
        ...(codes ? { scale: 0.5, offset: 1 } : { scale: null, offset: null }),
      },
      ...{ compressor: 'none', lossy: codes, channel: { kind: 'ideal' }, header: 16, classes: 2 },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    }),
  )
  writeFileSync(
    join(folder, files.check),
    encodeSafetensors(
      new Map<string, { shape: number[]; data: Float32Array | Uint8Array }>([
        [checkTensors.images, { shape: [2, 3, 1, 1], data: new Uint8Array(6) }],
        [checkTensors.features, { shape: [2, features.length / 2], data: features }],
        [checkTensors.logits, { shape: [2, 2], data: new Float32Array(4) }],
      ]),
    ),
  )
}
