import type { ImageSet } from '../data/imageSet.ts'
import { emptyImageSet } from '../data/imageSet.ts'

/** Means of squares of `side` × `side` pixels of grey images, rounded: [count, size/side, size/side, 1]. */
export function averagePool(set: ImageSet, side: number): ImageSet {
  const { count, size, images } = set
  const small = Math.floor(size / side)
  const out = emptyImageSet(count, small, 1)
  out.labels.set(set.labels)
  for (let n = 0, to = 0; n < count; n++) {
    for (let y = 0; y < small; y++) {
      for (let x = 0; x < small; x++, to++) {
        let sum = 0
        for (let dy = 0; dy < side; dy++) {
          const from = (n * size + y * side + dy) * size + x * side
          for (let dx = 0; dx < side; dx++) sum += images[from + dx]
        }
        out.images[to] = Math.round(sum / side ** 2)
      }
    }
  }
  return out
}

/** The median of every 3×3 window of grey images; at the border the nearest pixel stands for those that are not there. */
export function medianFilter(set: ImageSet): ImageSet {
  const { count, size, images } = set
  const out = emptyImageSet(count, size, 1)
  out.labels.set(set.labels)
  const window = new Uint8Array(9)
  const last = size - 1
  for (let n = 0, to = 0; n < count; n++) {
    const at = n * size * size
    for (let y = 0; y < size; y++) {
      const rows = [at + Math.max(0, y - 1) * size, at + y * size, at + Math.min(last, y + 1) * size]
      for (let x = 0; x < size; x++, to++) {
        const [left, right] = [Math.max(0, x - 1), Math.min(last, x + 1)]
        for (let r = 0; r < 3; r++) {
          window[3 * r] = images[rows[r] + left]
          window[3 * r + 1] = images[rows[r] + x]
          window[3 * r + 2] = images[rows[r] + right]
        }
        out.images[to] = medianOfNine(window)
      }
    }
  }
  return out
}

/** By insertion: nine numbers are few. */
function medianOfNine(values: Uint8Array): number {
  for (let i = 1; i < 9; i++) {
    const value = values[i]
    let j = i - 1
    while (j >= 0 && values[j] > value) values[j + 1] = values[j--]
    values[j + 1] = value
  }
  return values[4]
}
