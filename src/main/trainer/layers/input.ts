import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** The image enters already normalised; the executor does that from bytes. */
export const inputOperator = (): Operator => ({
  ...weightless,
  needs: { inputs: false, output: false },
  forward: () => {
    throw new Error('the input layer is fed, not computed')
  },
  backward: () => [],
})
