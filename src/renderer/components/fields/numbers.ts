/** A number field's value; null where it is empty or holds no number. */
export const given = (value: number | ''): number | null => (value === '' || !Number.isFinite(value) ? null : value)

/** The first of some counts that is given and no whole number above 0, in words. */
export function wrongCount(counts: readonly [name: string, value: number | ''][]): string | undefined {
  const wrong = counts.find(([, value]) => {
    const number = given(value)
    return number !== null && !(Number.isInteger(number) && number > 0)
  })
  return wrong && `${wrong[0]}: enter a whole number above 0.`
}
