import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { removeStaleTemps, writeFileAtomic } from '../../../system/atomic.ts'
import type { Staged } from '../frameworks/lab.ts'
import { loadModel, saveModel } from '../model/store.ts'

/**
 * Finished steps of a run on disk: a step is there whole or not at all, so an interrupted run continues after its last
 * finished one. A key becomes one folder name ("two-step/step1/iteration-1" → "two-step+step1+iteration-1").
 */
export class Stages {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  pathOf(key: string): string {
    return join(this.folder, key.replaceAll('/', '+'))
  }

  /** What a process that was killed left half-written is removed before anything is read. */
  async tidy(): Promise<void> {
    if (existsSync(this.folder)) await removeStaleTemps(this.folder)
  }

  /** `imageEpochs`: of the training that it took; 0 where that was not counted yet. */
  async model(key: string): Promise<(Staged & { imageEpochs: number }) | undefined> {
    const folder = this.pathOf(key)
    if (!existsSync(folder)) return undefined
    const model = await loadModel(folder)
    const { validationAccuracy, imageEpochs = 0 } = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'))
    return { model, validationAccuracy, imageEpochs }
  }

  storeModel(
    key: string,
    { model, validationAccuracy, imageEpochs }: Staged & { imageEpochs?: number },
  ): Promise<void> {
    return saveModel(this.pathOf(key), model, { 'state.json': JSON.stringify({ validationAccuracy, imageEpochs }) })
  }

  async record<T>(key: string): Promise<T | undefined> {
    const file = `${this.pathOf(key)}.json`
    return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as T) : undefined
  }

  async storeRecord(key: string, value: unknown): Promise<void> {
    const file = `${this.pathOf(key)}.json`
    await mkdir(dirname(file), { recursive: true })
    await writeFileAtomic(file, JSON.stringify(value))
  }

  /** A record that is computed where it is not there. */
  async once<T>(key: string, compute: () => Promise<T>): Promise<T> {
    const stored = await this.record<T>(key)
    if (stored !== undefined) return stored
    const value = await compute()
    await this.storeRecord(key, value)
    return value
  }

  async forget(prefix: string): Promise<void> {
    if (!existsSync(this.folder)) return
    const start = prefix.replaceAll('/', '+')
    for (const name of await readdir(this.folder)) {
      if (name.startsWith(start)) await rm(join(this.folder, name), { recursive: true, force: true })
    }
  }
}
