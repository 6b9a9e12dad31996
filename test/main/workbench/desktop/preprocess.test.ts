import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JobEvent } from '#common/contract/job.ts'
import type { PreprocessForm } from '#common/contract/preprocessRequests.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { WorkbenchContract } from '#common/contract/workbench.ts'
import { Workbench } from '../../../../src/main/workbench/desktop/workbench.ts'
import { describeWith } from '../../../support/requires.ts'

const form: PreprocessForm = {
  data: 'digits',
  operators: ['pool-4', 'pca-16'],
  images: [200, 100],
  ...{ testImages: 60, seeds: 1, seed: 3, epochs: 2, batchSize: 20, threads: 1 },
}

describeWith('tensorflow', 'a sweep over pre-processing as a job of the window', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'splitbench-preprocess-'))
  let workbench: Workbench
  let client: Client<WorkbenchContract>
  const events: JobEvent[] = []
  beforeAll(async () => {
    workbench = new Workbench(workspace, 'web')
    client = await workbench.client()
    client.on('job.event', ({ event }) => events.push(event))
  })
  afterAll(async () => {
    client?.dispose()
    await workbench?.close()
    rmSync(workspace, { recursive: true, force: true })
  })
  const find = async (job: string) => (await client.request('jobs.list', {})).jobs.find(({ id }) => id === job)!
  const metrics = () => events.flatMap((event) => (event.kind === 'metric' ? [event.metric] : []))

  it('says what it would do, and refuses a folder that is not there', async () => {
    const { trainings, seconds } = await client.request('preprocess.plan', { form })
    expect(trainings).toBe(4)
    expect(seconds).toBeGreaterThan(0)
    const nowhere = { form: { ...form, data: 'no-such-folder' }, fresh: false }
    await expect(client.request('preprocess.start', nowhere)).rejects.toMatchObject({ code: 'bad-data' })
  })

  it('tells every training as a point, is cancelled, goes on from there, and is read with its numbers', async () => {
    const { job } = await client.request('preprocess.start', { form, fresh: false })
    expect(await find(job)).toMatchObject({ verb: 'preprocess', title: 'Pre-process at the edge in 2 ways' })
    expect((await find(job)).command).toContain('preprocess --data digits --operators pool-4,pca-16 --images 200,100')
    await expect.poll(() => metrics().length, { timeout: 60_000 }).toBeGreaterThan(0)
    await client.request('jobs.cancel', { job })
    const ended = await client.request('jobs.wait', { job }).catch(({ code }: { code: string }) => code)
    // So small a sweep may end before it hears of the cancel.
    if (ended === 'cancelled') {
      expect(await find(job)).toMatchObject({ state: 'cancelled', resumable: true })
      await client.request('jobs.resume', { job })
      await client.request('jobs.wait', { job })
    }
    const [run] = (await client.request('runs.list', {})).runs
    expect(run).toMatchObject({ verb: 'preprocess', dataset: 'digits', problem: null })
    const { result } = await client.request('preprocess.get', { run: run!.id })
    expect(result.images).toEqual([100, 200])
    expect(result.cells).toHaveLength(4)
    expect(run!.baselineAccuracy).toBe(Math.max(...result.cells.map(({ accuracy }) => accuracy)))
    for (const { operator, images, seed, accuracy, trainS } of result.cells) {
      const told = metrics().filter(({ stage, step }) => stage === `${operator}/seed ${seed}` && step === images)
      expect(told.at(-1)?.values).toMatchObject({ accuracy, trainS })
    }
    await expect(client.request('preprocess.get', { run: 'none' })).rejects.toMatchObject({ code: 'unknown-name' })
  })
})
