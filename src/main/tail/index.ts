import { runInferenceProcess } from '../../system/inference/process.ts'

/** The server's side: decodes bytes and runs tails, in a process of its own so that nothing else waits for it. */
await runInferenceProcess('.splitbench/tail')
