import { runInferenceProcess } from '../system/inference/process.ts'

/** The agent on a device: takes, checks and times heads (tails too) over its standard streams. */
await runInferenceProcess('.splitbench/agent')
