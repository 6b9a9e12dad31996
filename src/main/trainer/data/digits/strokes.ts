/** A stroke: points in a square from (0, 0), upper left, to (1, 1). */
export type Stroke = readonly (readonly [x: number, y: number])[]

/** Points of an arc around (x, y), radii a and b, from one angle to another (in turns, 0 to the right, clockwise). */
const arc = (x: number, y: number, a: number, b: number, from: number, to: number): Stroke => {
  const steps = Math.max(3, Math.ceil(Math.abs(to - from) * 16))
  return Array.from({ length: steps + 1 }, (_, i) => {
    const turn = 2 * Math.PI * (from + ((to - from) * i) / steps)
    return [x + a * Math.cos(turn), y + b * Math.sin(turn)] as const
  })
}

/** The ways to write a digit; some have two, as people do. */
export const digits: readonly (readonly (readonly Stroke[])[])[] = [
  [[arc(0.5, 0.5, 0.28, 0.4, 0, 1)]],
  [
    [
      [
        [0.52, 0.1],
        [0.5, 0.9],
      ],
    ],
    [
      [
        [0.32, 0.3],
        [0.54, 0.1],
        [0.54, 0.9],
      ],
    ],
  ],
  [[[...arc(0.5, 0.32, 0.26, 0.22, 0.52, 1.08), [0.24, 0.88], [0.8, 0.88]]]],
  [[arc(0.46, 0.3, 0.25, 0.2, 0.55, 1.25), arc(0.46, 0.69, 0.28, 0.21, 0.75, 1.45)]],
  [
    [
      [
        [0.62, 0.1],
        [0.2, 0.62],
        [0.82, 0.62],
      ],
      [
        [0.64, 0.4],
        [0.62, 0.92],
      ],
    ],
    [
      [
        [0.28, 0.12],
        [0.24, 0.5],
        [0.74, 0.5],
      ],
      [
        [0.74, 0.12],
        [0.7, 0.92],
      ],
    ],
  ],
  [
    [
      [
        [0.76, 0.12],
        [0.32, 0.12],
        [0.29, 0.46],
      ],
      [[0.29, 0.46], ...arc(0.48, 0.66, 0.27, 0.24, 0.67, 1.42)],
    ],
  ],
  [
    [
      [
        [0.64, 0.1],
        [0.38, 0.36],
        [0.26, 0.66],
      ],
      arc(0.5, 0.68, 0.24, 0.22, 0, 1),
    ],
  ],
  [
    [
      [
        [0.22, 0.13],
        [0.78, 0.13],
        [0.44, 0.9],
      ],
    ],
    [
      [
        [0.22, 0.13],
        [0.78, 0.13],
        [0.44, 0.9],
      ],
      [
        [0.36, 0.52],
        [0.72, 0.5],
      ],
    ],
  ],
  [[arc(0.5, 0.3, 0.21, 0.19, 0, 1), arc(0.5, 0.69, 0.26, 0.21, 0, 1)]],
  [
    [
      arc(0.5, 0.32, 0.23, 0.22, 0, 1),
      [
        [0.73, 0.32],
        [0.68, 0.62],
        [0.5, 0.92],
      ],
    ],
  ],
]
