import type { Candidate, Comparison } from '../contract/result.ts'

/** What a comparison tried of a framework: where it was cut, and in which forms its features crossed. */
export interface Tried {
  framework: string
  points: string[]
  /** "8 bit", "4 bit", "float32", "symbols", "JPEG", "PNG"; in the order of its candidates. */
  forms: string[]
}

/** The form of a candidate's features, without the setting of a coder and without what a channel does to it. */
function formOf({ codec, symbols }: Candidate): string {
  if (symbols !== undefined) return 'symbols'
  const image = /\b(png|jpeg|webp)\b/i.exec(codec)?.[1]
  if (image) return image.toLowerCase() === 'webp' ? 'WebP' : image.toUpperCase()
  const bits = /^(\d+)-bit/.exec(codec)?.[1] ?? /^uint(\d+)/.exec(codec)?.[1]
  return bits === undefined ? codec : `${bits} bit`
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)]

/**
 * Per framework of a comparison. Frameworks do not have the same settings: symbols have no bits, an image file has a quality,
 * and a cut without a codec has no width; what a framework knows of the profile's settings it is given in full.
 */
export function tried({ candidates }: Pick<Comparison, 'candidates'>): Tried[] {
  return distinct(candidates.map(({ framework }) => framework)).map((framework) => {
    const own = candidates.filter((one) => one.framework === framework)
    return {
      framework,
      points: distinct(own.map(({ partitionPoint }) => partitionPoint)),
      forms: distinct(own.map(formOf)),
    }
  })
}

/** "at pool3 as 8 bit, 4 bit: ccto, safbmp; at 11 points as float32, 8 bit: only-splitting": equal ones together. */
export function describeTried(comparison: Pick<Comparison, 'candidates'>): string {
  const groups = new Map<string, string[]>()
  for (const { framework, points, forms } of tried(comparison)) {
    const where = points.length > 3 ? `${points.length} points` : points.join(', ')
    const key = `at ${where} as ${forms.join(', ')}`
    groups.set(key, [...(groups.get(key) ?? []), framework])
  }
  return [...groups].map(([key, names]) => `${names.join(', ')} ${key}`).join('; ')
}
