import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredLive } from '#common/contract/live.ts'
import { liveRunSchema } from '#common/contract/liveRun.ts'
import type { Comparison } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { candidatesOf, lookOf } from '#common/latency/liveSummary.ts'
import { describePlaced, placing } from '#common/selection/placed.ts'

/** In a run's folder: what was inferred cooperatively with its candidates. */
export const cooperativeFolder = 'cooperative'
const named = /^live-\d{14}$/
/** An answer must fit into one message. */
const maxLooks = 20_000

/** Names of live inference that has ended, the newest first: the time at which it began is in them. */
export const listLive = (folder: string): string[] =>
  readdirSync(join(folder, cooperativeFolder))
    .flatMap((file) => (file.endsWith('.json') && named.test(file.slice(0, -5)) ? [file.slice(0, -5)] : []))
    .sort()
    .reverse()

/**
 * Live inference that has ended, by its name, from the folder of the comparison whose candidates ran. Throws
 * `unknown-name`, or `bad-data` where the file cannot be read.
 */
export function readLive(folder: string, name: string, comparison: Comparison): StoredLive {
  const file = join(cooperativeFolder, `${name}.json`)
  const { turns, ...run } = parsed(folder, file, name)
  const titles = new Map(
    placing(comparison, true).entries.map(({ candidate, label }) => [
      candidate.id,
      describePlaced({ label, point: candidate.partitionPoint }),
    ]),
  )
  const titleOf = (candidate: string): string => titles.get(candidate) ?? candidate
  // A turn that was broken off before its first answer says nothing.
  const told = turns.filter(({ messages }) => messages.wholeMs.length > 0)
  return {
    ...run,
    file,
    turns: told.length,
    looks: told.slice(-maxLooks).map((turn) => lookOf(turn, { title: titleOf(turn.candidate), source: run.source })),
    candidates: candidatesOf(told, titleOf),
  }
}

function parsed(folder: string, file: string, name: string) {
  if (!named.test(name)) throw unknown(name)
  let text: string
  try {
    text = readFileSync(join(folder, file), 'utf8')
  } catch {
    throw unknown(name)
  }
  try {
    return liveRunSchema.parse(JSON.parse(text))
  } catch {
    throw new CodedError('bad-data', `${file} is no live inference of this version.`, 'Infer live again.')
  }
}

const unknown = (name: string): CodedError =>
  new CodedError('unknown-name', `There is no live inference "${name}" in this run.`, 'It may have been deleted.')
