import { InvalidArgumentError } from 'commander'

const number = (text: string, accept: (value: number) => boolean, what: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || !accept(value))
    throw new InvalidArgumentError(`It must be ${what}.`)
  return value
}

export const positiveInteger = (text: string): number =>
  number(text, (value) => Number.isInteger(value) && value > 0 && value <= 1e9, 'a whole number above 0')
export const seedNumber = (text: string): number =>
  number(
    text,
    (value) => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff,
    'a whole number from 0 to 4294967295',
  )
export const positive = (text: string): number => number(text, (value) => value > 0, 'a number above 0')
export const fraction = (text: string): number =>
  number(text, (value) => value >= 0 && value <= 1, 'a fraction from 0 to 1')
export const share = (text: string): number =>
  number(text, (value) => value > 0 && value <= 1, 'a share above 0 and at most 1')

/** "3.7,1.4": W while computing, W while resting. */
export const boardPower = (text: string): { activeW: number; idleW: number } => {
  const [activeW = Number.NaN, idleW = Number.NaN, ...more] = text
    .split(',')
    .map((part) => Number(part.trim() || 'none'))
  if (!(activeW > 0 && idleW >= 0 && idleW <= activeW) || more.length > 0)
    throw new InvalidArgumentError('It must be two numbers of watts, active and idle, e.g. 3.7,1.4.')
  return { activeW, idleW }
}
