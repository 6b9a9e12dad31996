import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import type { Split } from '#common/contract/split.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import type { Device } from '../devices/device.ts'

export interface ChosenHead {
  candidate: Candidate
  /** Absolute paths. */
  model: string
  check: string
  split: Split
}

export interface ChosenHeads {
  heads: ChosenHead[]
  missing: { id: string; partitionPoint: string; reason: string }[]
}

/**
 * The heads of a finished comparison at these points (null: at all), as far as their files are still in its folder.
 * Throws `unknown-name` for a point that the comparison does not have, `bad-data` where no head is left.
 */
export async function chooseHeads(
  comparison: Comparison,
  folder: string,
  points: readonly string[] | null,
): Promise<ChosenHeads> {
  const known = new Set(comparison.candidates.map(({ partitionPoint }) => partitionPoint))
  const other = points?.find((point) => !known.has(point))
  if (other !== undefined) {
    throw new CodedError(
      'unknown-name',
      `This run has no candidate at "${other}".`,
      `Its partition points: ${[...known].join(', ')}.`,
    )
  }
  const chosen: ChosenHeads = { heads: [], missing: [] }
  for (const candidate of comparison.candidates) {
    const { id, partitionPoint, files } = candidate
    if (points && !points.includes(partitionPoint)) continue
    const [model, check, description] = [files.head, files.check, files.split].map((file) => join(folder, file)) as [
      string,
      string,
      string,
    ]
    const lacking = [model, check, description].find((file) => !existsSync(file))
    if (lacking) chosen.missing.push({ id, partitionPoint, reason: `${lacking} is not there` })
    else {
      const split = splitSchema.parse(JSON.parse(await readFile(description, 'utf8')))
      chosen.heads.push({ candidate, model, check, split })
    }
  }
  if (chosen.heads.length > 0) return chosen
  throw new CodedError(
    'bad-data',
    `The run's heads are no longer in ${folder}.`,
    'Run the comparison again, or choose another run.',
  )
}

/** The comparison with these candidates alone (by id; undefined: with all). Throws `unknown-name` for one that it does not have. */
export function onlyCandidates(comparison: Comparison, ids: readonly string[] | undefined): Comparison {
  if (!ids) return comparison
  const other = ids.find((id) => !comparison.candidates.some((candidate) => candidate.id === id))
  if (other !== undefined) {
    throw new CodedError('unknown-name', `This run has no candidate "${other}".`, 'Its report lists the candidates.')
  }
  return { ...comparison, candidates: comparison.candidates.filter(({ id }) => ids.includes(id)) }
}

/** Brings heads and their check sets to a device; returns the SHA-256 of every path. `done` and `total` in bytes. */
export function pushHeads(
  device: Device,
  heads: readonly ChosenHead[],
  say: (done: number, total: number, detail: string, etaS: number | null) => void,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const paths = new Set(heads.flatMap(({ model, check }) => [model, check]))
  return device.pushFiles(
    [...paths],
    ({ done, total, bytesPerSecond, etaS }) =>
      say(
        done,
        total,
        `${formatBytes(done)} of ${formatBytes(total)}${bytesPerSecond ? ` at ${formatBytes(bytesPerSecond)}/s` : ''}`,
        etaS,
      ),
    signal,
  )
}
