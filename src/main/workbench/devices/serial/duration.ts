import { dataOverheadBytes, maxDataBytes } from '#common/wire/line/frame.ts'

/** Seconds that so many bytes need over a serial line without noise: frames, acknowledgements and 8N1 counted in. */
export const transferSeconds = (bytes: number, baud: number): number =>
  (bytes * (1 + dataOverheadBytes / Math.min(maxDataBytes, Math.max(128, baud * 0.008)))) / (baud / 10)
