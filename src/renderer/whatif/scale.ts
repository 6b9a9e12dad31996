/** A slider over decades: position = log10(value), so that 1 → 2 Mbit/s is as far as 100 → 200. */
export interface LogScale {
  min: number
  max: number
  step: number
}

export const rateScale: LogScale = { min: -1, max: 3, step: 0.005 }
export const gammaScale: LogScale = { min: 0, max: 2, step: 0.005 }
export const loadScale: LogScale = { min: 0, max: 2, step: 0.005 }

/** Three significant digits: what is shown is what is computed with. */
export const toValue = (position: number): number => Number((10 ** position).toPrecision(3))

export const toPosition = (value: number, { min, max }: LogScale): number =>
  Math.min(max, Math.max(min, Math.log10(value)))
