/**
 * Seeded random numbers without state that would have to be stored: every stream is named by its key
 * ("shuffle/baseline/epoch 3"), so a resumed run draws exactly what an undisturbed run drew.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** Standard normal (Box-Muller). */
  normal(): number
  /** In-place Fisher-Yates. */
  shuffle<T extends { length: number; [index: number]: number }>(values: T): T
}

/** FNV-1a over UTF-16 units, then murmur3's finaliser: spreads similar keys over all 32 bits. */
function hash(text: string, basis: number): number {
  let h = basis >>> 0
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** sfc32 (Doty-Humphrey, PractRand) seeded by `seed` and a stream name. */
export function random(seed: number, ...key: readonly (string | number)[]): Random {
  const name = `${seed}/${key.join('/')}`
  let a = hash(name, 0x811c9dc5)
  let b = hash(name, 0x01234567)
  let c = hash(name, 0x89abcdef)
  let counter = 1
  const bits = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) bits()
  let spare: number | undefined
  const self: Random = {
    next: () => bits() / 0x1_0000_0000,
    below: (bound) => Math.floor((bits() / 0x1_0000_0000) * bound),
    normal: () => {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - self.next()))
      const angle = 2 * Math.PI * self.next()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    shuffle: (values) => {
      for (let i = values.length - 1; i > 0; i--) {
        const j = self.below(i + 1)
        const value = values[i]
        values[i] = values[j]!
        values[j] = value!
      }
      return values
    },
  }
  return self
}
