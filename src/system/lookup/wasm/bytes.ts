import type { Expression } from './assembler.ts'
import { i32, mulI32 } from './assembler.ts'

/** Of a vector: four numbers. */
export const vectorBytes = 16

/** Twice as wide. */
export const times2 = (value: Expression<'i32'>): Expression<'i32'> => mulI32(value, i32(2))
/** Numbers to bytes. */
export const times4 = (value: Expression<'i32'>): Expression<'i32'> => mulI32(value, i32(4))
