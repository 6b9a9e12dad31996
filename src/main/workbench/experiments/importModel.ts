import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { JobEvent } from '#common/contract/job.ts'
import type { ImportedModel } from '#common/contract/trainer.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import { makeFolder } from '../../../system/makeFolder.ts'
import { startTrainer } from '../trainer/process.ts'

export type ImportOptions = {
  file: string
  out: string
  name: string
  mean: number[] | null
  std: number[] | null
  pixels: 1 | 255 | null
  size: [number, number] | null
  output: string | null
}

/** What an import writes: a folder with nothing else may be replaced. */
const ours = new Set(['network.json', 'weights.safetensors', 'model.onnx'])

/**
 * Imports an ONNX file in a process of its own, which a cancel ends and a damaged file cannot take along. Throws
 * `bad-data` and `bad-output` before anything runs, and what the trainer throws.
 */
export async function importModel(
  options: ImportOptions,
  signal: AbortSignal,
  watch: (event: JobEvent) => void,
): Promise<ImportedModel> {
  refuseMissing(options.file)
  refuseTaken(options.out)
  const trainer = startTrainer(signal)
  const at = (): string => new Date().toISOString()
  try {
    trainer.client.on('progress', (progress) => watch({ kind: 'progress', at: at(), progress }))
    trainer.client.on('log', ({ level, text }) => watch({ kind: 'log', at: at(), level, text }))
    return await trainer.client.request('import', options, signal)
  } finally {
    await trainer.stop()
  }
}

function refuseMissing(file: string): void {
  if (existsSync(file) && statSync(file).isFile()) return
  throw new CodedError('bad-data', `${file} is not a file.`, 'Name an ONNX file.')
}

function refuseTaken(out: string): void {
  const refuse = (what: string): CodedError =>
    new CodedError('bad-output', `${out} ${what}.`, 'Name an empty or new folder with --out.')
  if (existsSync(out)) {
    if (!statSync(out).isDirectory()) throw refuse('is a file')
    if (readdirSync(out).some((name) => !ours.has(name))) throw refuse('holds other files than an imported model')
    return
  }
  try {
    makeFolder(dirname(resolve(out)))
  } catch (error) {
    throw refuse(`cannot be made (${toErrorShape(error).message})`)
  }
}
