/**
 * The process that damaged files are read in: files come by name, what became of them goes back. Everything it calls is
 * what `splitbench import` and every command with a model folder call.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError, toErrorShape } from '#common/errors.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { runImport } from '../../../src/main/trainer/import/run.ts'
import { loadModel } from '../../../src/main/trainer/model/store.ts'
import type { FuzzCase, Outcome } from './run.ts'

const silent = { progress: () => {}, metric: () => {}, log: () => {} }

async function attempt({ kind, path, out }: FuzzCase): Promise<Outcome> {
  try {
    if (kind === 'onnx') {
      const options = { mean: null, std: null, pixels: null, size: null, output: null }
      await runImport({ file: path, out, name: 'fuzz', ...options }, silent, new AbortController().signal)
    }
    const { network } = await loadModel(kind === 'onnx' ? out : path)
    partitionPoints(network)
    channelGroups(network)
    return { code: 'fine', message: '' }
  } catch (error) {
    const { code, message } = toErrorShape(error)
    const stack = error instanceof CodedError ? '' : `\n${(error as Error).stack}`
    const left = existsSync(out) ? ` (left behind: ${readdirSync(out).join(', ')})` : ''
    return { code, message: `${message}${stack}${kind === 'onnx' ? left : ''}` }
  }
}

process.on('message', async (one: FuzzCase) => {
  const outcome = await attempt(one)
  rmSync(join(one.out), { recursive: true, force: true })
  process.send!({ ...outcome, peakMb: process.resourceUsage().maxRSS / 1024 })
})
process.send!('ready')
