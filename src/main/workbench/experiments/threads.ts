import { availableParallelism } from 'node:os'

/** Training is fixed to a thread count, part of the numeric fingerprint; by default what the machine has, at most 8. */
export const defaultThreads = Math.min(8, availableParallelism())
