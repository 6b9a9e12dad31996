import type { Link } from '#common/contract/config.ts'

/** What the shaping thread is told, and what it says. */
export interface ShaperOrder {
  link: Link
  /** The loopback port that shaped connections lead to. */
  target: number
  seed: number
  /** Bytes to the server are released this much earlier (calibrate.ts), but never before they came. */
  advanceMs: number
}
export type ShaperWord = { port: number } | { error: string }
