import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JobEvent } from '#common/contract/job.ts'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import type { Shares } from '#common/experiment/shares.ts'
import type { Ends } from '../../../../src/main/workbench/experiments/ends.ts'
import type { JobContext } from '../../../../src/main/workbench/experiments/job.ts'
import { trainCandidates } from '../../../../src/main/workbench/experiments/trainCandidates.ts'
import { EventLog } from '../../../../src/main/workbench/jobs/eventLog.ts'
import { launchChild, trainerLauncher } from '../../../../src/main/workbench/trainer/launcher.ts'
import { describeWith } from '../../../support/requires.ts'

const config = resolveCompare({
  ...{ profile: 'toy', source: { kind: 'synthetic' }, network: 'vgg16', width: 0.125, seed: 1, threads: 2 },
  ...{
    frameworks: 'only-splitting,bottlenet-pp,q-cnn',
    points: 'pool3',
    maxLoss: 0.5,
    trainImages: 128,
    testImages: 50,
  },
  ...{ device: 'local', server: 'local', link: { name: 'wifi', rateMbps: 18.88, rttMs: null }, gamma: undefined },
  ...{ epochs: 1, batchSize: undefined, timeS: undefined },
})
const shares: Shares = { first: ['only-splitting'], apart: [['bottlenet-pp'], ['q-cnn']] }

describeWith('tensorflow', 'a comparison that two trainers make', () => {
  let folder: string
  let events: JobEvent[]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-trainers-'))
    events = []
  })
  afterEach(async () => {
    trainerLauncher.now = launchChild
    await rm(folder, { recursive: true, force: true })
  })

  async function train(name: string, dealt: Shares | undefined, signal = new AbortController().signal) {
    const log = new EventLog()
    log.on((event) => events.push(event))
    const job = { run: { working: join(folder, name) }, log, signal } as JobContext
    const { about, baseline, ...made } = await trainCandidates(job, config, {} as Ends, dealt, {
      emit: () => {},
      learn: () => {},
    })
    expect(about.backend).toBe('tensorflow')
    // How long reading took is the only thing that differs from run to run.
    const curve = baseline.curve.map(({ dataShare, ...point }) => point)
    return { ...made, baseline: { ...baseline, curve } }
  }
  const texts = () => events.flatMap((event) => (event.kind === 'log' ? [event.text] : []))

  it('is what one makes, said once', async () => {
    const alone = await train('one', undefined)
    const said = texts()
    events = []
    expect(await train('two', shares)).toEqual(alone)
    expect(alone.candidates.map(({ framework }) => framework)).toContain('q-cnn')
    expect(texts().sort()).toEqual(said.sort())
    const made = events.flatMap((event) => (event.kind === 'artifact' ? [event.path] : []))
    expect(made).toHaveLength(alone.candidates.length)
    expect(new Set(made).size).toBe(made.length)

    const begun = join(folder, 'two', 'stages', 'dataset.json')
    await writeFile(begun, JSON.stringify({ ...JSON.parse(await readFile(begun, 'utf8')), backend: 'wasm' }))
    await expect(train('two', undefined)).rejects.toMatchObject({
      code: 'bad-output',
      message: expect.stringMatching(/begun by a trainer with wasm/),
    })
  })

  it('is finished by the first where the second dies', async () => {
    let count = 0
    trainerLauncher.now = (script, environment) =>
      launchChild(++count === 2 ? join(folder, 'no-trainer.js') : script, environment)
    const { candidates } = await train('half', shares)
    expect(new Set(candidates.map(({ framework }) => framework))).toEqual(new Set(config.frameworks))
    expect(texts().join('\n')).toMatch(/The second trainer gave up .*; the first does its part\./)
  })

  it('is cancelled with both', async () => {
    const abort = new AbortController()
    const children: { exit(): unknown }[] = []
    trainerLauncher.now = (script, environment) => {
      const child = launchChild(script, environment)
      children.push(child)
      if (children.length === 2) setTimeout(() => abort.abort(), 500)
      return child
    }
    await expect(train('none', shares, abort.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect(children).toHaveLength(2)
    for (const child of children) expect(child.exit()).toBeDefined()
  })
})
