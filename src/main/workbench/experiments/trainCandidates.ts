import { availableParallelism, totalmem } from 'node:os'
import type { CompareConfig } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import { pretrainedPrefix } from '#common/contract/pretrained.ts'
import { toErrorShape } from '#common/errors.ts'
import type { Shares } from '#common/experiment/shares.ts'
import { pretrainedNamed } from '../pretrained/read.ts'
import type { Trainer } from '../trainer/process.ts'
import { startTrainer } from '../trainer/process.ts'
import type { Ends } from './ends.ts'
import type { JobContext } from './job.ts'
import { answerTimes } from './trainerTimes.ts'

/** A second trainer holds the images and a network of its own: that much memory, in bytes, the computer must have. */
const roomForTwo = 7 * 2 ** 30

/** Whether this computer has room for two trainers; SPLITBENCH_TRAINERS=1 or 2 decides instead. */
export const twoTrainers = (): boolean => {
  const said = process.env.SPLITBENCH_TRAINERS
  return said ? said !== '1' : availableParallelism() >= 2 && totalmem() >= roomForTwo
}

interface Watch {
  emit(progress: Progress): void
  learn(progress: Progress): void
}

/**
 * All candidates of a comparison without times, by one trainer process, or where there are `shares` by two: the second
 * makes its frameworks beside the first's, which then finds them in the run's folder and goes through the whole, so that
 * the result is that of one trainer alone. Where the second fails, the first does its part too.
 */
export async function trainCandidates(
  job: JobContext,
  config: CompareConfig,
  ends: Ends,
  shares: Shares | undefined,
  watch: Watch,
) {
  const { log, run } = job
  const ended = new AbortController()
  const signal = AbortSignal.any([job.signal, ended.signal])
  const tell = teller(job, watch)
  const started: Trainer[] = []
  const start = async () => {
    const trainer = startTrainer(signal)
    started.push(trainer)
    tell.listen(trainer)
    return { trainer, about: await trainer.client.request('hello', { threads: config.threads }, signal) }
  }
  const request = { folder: run.working, pretrained: baselineOf(config) }
  const make = ({ client }: Trainer, frameworks: readonly string[]) =>
    client.request('compare', { ...request, config: { ...config, frameworks: [...frameworks] } }, signal)
  try {
    const { trainer, about } = await start()
    log.emit({ kind: 'log', level: 'info', text: `Trainer: ${about.backend} (${about.origin}).` })
    if (about.backend !== 'tensorflow') {
      const text =
        'Without TensorFlow a training step takes several times as long; `splitbench doctor` tells how to get it.'
      log.emit({ kind: 'log', level: 'warn', text })
    }
    if (shares) {
      await make(trainer, shares.first)
      const beside = start()
        .then((second) => make(second.trainer, shares.apart[1]))
        .catch((error: unknown) => {
          if (signal.aborted) return
          const text = `The second trainer gave up (${toErrorShape(error).message}); the first does its part.`
          log.emit({ kind: 'log', level: 'warn', text })
        })
      await make(trainer, shares.apart[0])
      await beside
      await started[1]?.stop()
    }
    const times = answerTimes(trainer.client, {
      ...{ folder: run.working, config, ends, signal },
      onLog: (level, text) => log.emit({ kind: 'log', level, text }),
    })
    try {
      return { ...(await make(trainer, config.frameworks)), about }
    } finally {
      await trainer.stop()
      await times.close()
    }
  } finally {
    ended.abort()
    await Promise.all(started.map((one) => one.stop()))
  }
}

/** Hands on what trainers say. What is said again, when the whole is gone through, was said already. */
function teller({ log }: JobContext, { emit, learn }: Watch) {
  const said = new Set<string>()
  const once = (key: string, say: () => void): void => {
    if (said.has(key)) return
    said.add(key)
    say()
  }
  return {
    listen({ client }: Trainer): void {
      client.on('progress', (progress) => {
        learn(progress)
        emit(progress)
      })
      client.on('metric', (metric) => log.emit({ kind: 'metric', metric }))
      client.on('log', ({ level, text }) => once(text, () => log.emit({ kind: 'log', level, text })))
      client.on('candidate', ({ files, framework, step, partitionPoint }) => {
        const title = `${framework} ${step ?? ''} at ${partitionPoint}`
        once(files.split, () => log.emit({ kind: 'artifact', path: files.split, title }))
      })
    },
  }
}

/** The weights that a comparison begins with, where it does not train its own. */
function baselineOf({ network }: CompareConfig) {
  if (network.model) return { model: network.model.folder, curve: [] }
  const found = network.pretrained && pretrainedNamed(`${pretrainedPrefix}${network.pretrained}`)
  return found ? { model: found.folder, curve: found.training.curve } : undefined
}
