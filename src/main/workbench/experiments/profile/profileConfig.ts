import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ProfileConfig } from '#common/contract/modelProfile.ts'
import { CodedError } from '#common/errors.ts'
import { parseLink } from '#common/latency/links.ts'
import { sha256File } from '../../../../system/hash.ts'
import { listLinks } from '../../links/store.ts'

/** What a user says, in a form or a terminal; undefined or null: not said. */
export interface ProfileWish {
  model: string
  /** "1,3,224,224" */
  input?: string | null | undefined
  size?: number | null | undefined
  output?: string | null | undefined
  /** "useful", "all", or names separated by commas. */
  points: string
  device: string
  server: string
  link: string
  timeS?: number | null | undefined
  threads: number
  seed: number
}

/** Throws `bad-data` where there is no such file, `bad-usage` or `unknown-name` for the rest. */
export async function resolveProfile(wish: ProfileWish, cwd: string): Promise<ProfileConfig> {
  const model = resolve(cwd, wish.model)
  const stat = statSync(model, { throwIfNoEntry: false })
  if (!stat?.isFile()) {
    throw new CodedError(
      'bad-data',
      stat ? `${wish.model} is a folder, not an ONNX file.` : `There is no file ${wish.model}.`,
      'Name an .onnx file, e.g. one that torch.onnx.export has written.',
    )
  }
  return {
    model,
    input: wish.input == null ? null : extents(wish.input),
    size: wish.size ?? null,
    output: wish.output ?? null,
    points: pointsOf(wish.points),
    device: wish.device,
    server: wish.server,
    link: parseLink(wish.link, listLinks()),
    timeS: wish.timeS ?? null,
    threads: wish.threads,
    seed: wish.seed,
    modelHash: await sha256File(model),
  }
}

function extents(text: string): number[] {
  const shape = text.split(/[,x×]/).map((part) => Number(part.trim() || Number.NaN))
  if (shape.length >= 1 && shape.length <= 8 && shape.every((extent) => Number.isInteger(extent) && extent > 0))
    return shape
  throw new CodedError('bad-usage', `--input ${text}: not a list of extents.`, 'For example --input 1,3,224,224.')
}

function pointsOf(text: string): ProfileConfig['points'] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw new CodedError('bad-usage', '--points names no point.', 'Use useful, all, or names.')
  if (names.length === 1 && (names[0] === 'useful' || names[0] === 'all')) return names[0]
  return names
}
