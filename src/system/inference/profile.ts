import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import { CodedError } from '#common/errors.ts'
import { profiledNodes } from '#common/measurement/profile.ts'
import { createSession, tensorMaker } from '../onnxruntime.ts'
import { readCheckSet } from './checkSet.ts'
import type { ContentStore } from './store.ts'
import { assertWanted } from './turns.ts'

type Profile = Handlers<InferenceContract>['profile']

/** The first runs allocate and warm up: their times are left out. */
const warmupRuns = 5
/** The file has some 700 bytes per operator and run; ONNX Runtime itself stops at a million of them. */
const maxRuns = 500

/**
 * Serves `profile`: a session of its own with the profiler on, whose file is read and removed. Throws
 * `component-missing` where this runtime has no profiler.
 */
export async function serveProfile(
  { side, model, check, split, threads, seconds, minIterations }: Parameters<Profile>[0],
  signal: AbortSignal,
  store: ContentStore,
): Promise<Awaited<ReturnType<Profile>>> {
  const { images, imageShape, features, featureShape } = readCheckSet(await store.read(check), split)
  const bytes = await store.read(model)
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-profile-'))
  try {
    const { session, input, output } = await createSession(bytes, {
      threads,
      optimisation: 'on',
      profilePrefix: join(folder, 'p'),
    })
    let runs = 0
    try {
      const asTensor = await tensorMaker()
      const [data, shape] = side === 'head' ? [images, imageShape] : [features, featureShape]
      const feeds = data.map((one) => ({ [input]: asTensor(one, shape) }))
      const start = performance.now()
      const enough = (): boolean => runs >= maxRuns || performance.now() - start >= seconds * 1000
      while (runs < minIterations + warmupRuns || !enough()) {
        assertWanted(signal)
        await session.run(feeds[runs % feeds.length]!, [output])
        runs++
        // Lets a cancellation arrive.
        await new Promise((resolve) => setImmediate(resolve))
      }
      session.endProfiling()
    } finally {
      await session.release()
    }
    const [file] = await readdir(folder)
    if (!file) {
      throw new CodedError(
        'component-missing',
        "This device's runtime has no profiler.",
        'Times of single layers come from the differences of neighbouring heads instead.',
      )
    }
    const nodes = profiledNodes(await readFile(join(folder, file), 'utf8'), warmupRuns)
    return { runs: runs - warmupRuns, nodes }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
