import { sha256 } from '../../../system/hash.ts'

/** Object keys sorted at every depth, so that equal configurations have equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, canonical(one)]),
  )
}

/** SHA-256 of a configuration: equal hashes mean the same experiment. */
export const configHash = (config: unknown): string => sha256(JSON.stringify(canonical(config)))
