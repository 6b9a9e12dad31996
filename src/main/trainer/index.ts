import { connect } from '#common/contract/channel.ts'
import type { UntimedCandidate } from '#common/contract/result.ts'
import type { Server } from '#common/contract/rpc.ts'
import { serve } from '#common/contract/rpc.ts'
import type { TrainerContract } from '#common/contract/trainer.ts'
import { trainerContract } from '#common/contract/trainer.ts'
import { parentChannel } from '../../system/parentChannel.ts'
import type { Backend } from './backend/index.ts'
import { loadBackend } from './backend/index.ts'
import { cutModel } from './cutting/cutModel.ts'
import { runAssess } from './experiment/assess.ts'
import { runCompare } from './experiment/compare.ts'
import { runPreprocess } from './experiment/preprocess.ts'
import { runSweep } from './experiment/sweep.ts'
import { TimeAsker } from './experiment/timeAsker.ts'
import { runExport, runPrune, runTrain } from './experiment/verbs.ts'
import type { Reporter } from './experiment/workshop.ts'
import { runImport } from './import/run.ts'

/** The trainer: a process of its own, because TensorFlow blocks the event loop while it computes. */
const channel = parentChannel()
const connection = connect(channel)

let backend: Promise<Backend> | undefined
const backendWith = (threads: number): Promise<Backend> => (backend ??= loadBackend({ threads }))
const greeted = (): Promise<Backend> => backend ?? backendWith(1)

const reporter: Reporter & { candidate(candidate: UntimedCandidate): void } = {
  progress: (progress) => server.emit('progress', progress),
  metric: (stage, step, values) => server.emit('metric', { stage, step, values }),
  log: (level, text) => server.emit('log', { level, text }),
  candidate: (candidate) => server.emit('candidate', candidate),
}

const times = new TimeAsker((ask) => server.emit('time', ask))

const server: Server<TrainerContract> = serve(connection, trainerContract, {
  async hello({ threads }) {
    const { name, origin, versions, fingerprint } = await backendWith(threads)
    return { backend: name, origin, versions, fingerprint }
  },
  compare: async (params, signal) =>
    runCompare(params, await backendWith(params.config.threads), reporter, times, signal),
  timed: (answer) => {
    times.answer(answer)
    return {}
  },
  train: async (params, signal) => runTrain(params, await backendWith(params.threads), reporter, signal),
  prune: async (params, signal) => runPrune(params, await backendWith(params.threads), reporter, signal),
  import: (params, signal) => runImport(params, reporter, signal),
  assess: async (params, signal) => runAssess(params, await greeted(), signal),
  sweep: async (params, signal) =>
    runSweep(
      params,
      await backendWith(params.config.threads),
      reporter,
      (result) => server.emit('sweep', result),
      signal,
    ),
  preprocess: async (params, signal) =>
    runPreprocess(
      params,
      await backendWith(params.config.threads),
      reporter,
      (result) => server.emit('preprocessed', result),
      signal,
    ),
  export: async (params, signal) => runExport(params, await backendWith(params.threads), reporter, signal),
  cut: ({ folder, config }, signal) => cutModel(folder, config, reporter, signal),
})

// The parent's end of the channel is the leash: when it is gone, nobody wants the result.
channel.onClose(() => process.exit(0))
connection.listen()
