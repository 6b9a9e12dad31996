import { mean, standardDeviation } from './statistics.ts'

export interface ProfiledNode {
  name: string
  operator: string
  /** Per run, in ms, and its standard error. */
  meanMs: number
  errorMs: number
}

interface Event {
  cat?: unknown
  name?: unknown
  dur?: unknown
  args?: { op_name?: unknown; node_index?: unknown }
}

const suffix = '_kernel_time'

/** A single disturbed run must not decide: the highest and lowest tenth is left out. */
const trimmed = 0.1
const groups = 10

/**
 * Times per operator out of ONNX Runtime's profile (a JSON list of trace events, durations in whole µs). They are so
 * coarse that means, not medians, tell apart what takes a few µs. The first `warmup` runs are left out. Throws an Error
 * where the text is no such profile.
 */
export function profiledNodes(text: string, warmup: number): ProfiledNode[] {
  const events: unknown = JSON.parse(text)
  if (!Array.isArray(events)) throw new Error('the profile is no list of events')
  const nodes = new Map<string, { name: string; operator: string; us: number[] }>()
  for (const { cat, name, dur, args } of events as Event[]) {
    if (cat !== 'Node' || typeof name !== 'string' || !name.endsWith(suffix)) continue
    if (typeof dur !== 'number' || !(dur >= 0)) throw new Error(`the profile has no duration for ${name}`)
    const key = `${String(args?.node_index)} ${name}`
    const node = nodes.get(key) ?? {
      name: name.slice(0, -suffix.length),
      operator: String(args?.op_name ?? ''),
      us: [],
    }
    nodes.set(key, node)
    node.us.push(dur)
  }
  return [...nodes.values()].flatMap(({ name, operator, us }) => {
    const counted = us.slice(warmup)
    if (counted.length === 0) return []
    return { name, operator, meanMs: trimmedMean(counted) / 1e3, errorMs: errorOf(counted) / 1e3 }
  })
}

function trimmedMean(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b)
  const cut = Math.floor(ordered.length * trimmed)
  return mean(ordered.slice(cut, ordered.length - cut))
}

/** From the means of contiguous groups, which neighbouring runs' likeness does not make too small. */
function errorOf(values: readonly number[]): number {
  const count = Math.min(groups, values.length)
  if (count < 2) return 0
  const means = Array.from({ length: count }, (_, i) =>
    trimmedMean(values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count))),
  )
  return standardDeviation(means) / Math.sqrt(count)
}
