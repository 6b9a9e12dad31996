import type { ImageSet } from './imageSet.ts'
import type { ChannelStatistics } from './statistics.ts'

export type Part = 'train' | 'test'

/** Images that lie in files. Opening checks that they are whole; records are read only when asked for. */
export interface StoredImages {
  name: string
  /** Side of the square images in pixels, once read. */
  size: number
  classNames: string[]
  /** Published statistics of the whole data set; null = to be computed from the training images in use. */
  statistics: ChannelStatistics | null
  counts: Record<Part, number>
  notes: string[]
  /** Labels of the records from … to − 1 of a part, in stored order. */
  labels(part: Part, from: number, to: number, signal: AbortSignal): Promise<Uint16Array>
  /** The records `indices` of a part, in that order. */
  read(part: Part, indices: ArrayLike<number>, signal: AbortSignal): Promise<ImageSet>
}
