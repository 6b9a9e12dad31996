import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { describeWith, itWith } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-telemetry-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Runs a head in a process of its own, with a home folder of its own and nobody else's switch. */
async function run(how: 'ours' | 'bare', tracer: string[] = []): Promise<string> {
  const { head } = await writeTinyCandidate(join(folder, how), 'uint8')
  const home = join(folder, `${how}-home`)
  const program = join(import.meta.dirname, '..', 'support', 'telemetryProgram.ts')
  const [command, ...args] = [...tracer, process.execPath, '--disable-warning=ExperimentalWarning', program, how, head]
  execFileSync(command!, args, { env: { PATH: process.env.PATH, HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] })
  return home
}

const traces = /Microsoft|deviceid|onnxruntime\.db/

describeWith('onnxruntime', 'ONNX Runtime’s telemetry', () => {
  itWith('linux-x64', 'keeps files in the home folder unless it is switched off, as this program does', async () => {
    expect(existsSync(join(await run('bare'), '.cache', 'Microsoft'))).toBe(true)
    expect(existsSync(await run('ours'))).toBe(false)
  })

  itWith('strace', 'a traced run opens none of its files and no connection', async () => {
    const traced = async (how: 'ours' | 'bare'): Promise<string> => {
      const log = join(folder, `${how}.trace`)
      await run(how, ['strace', '-f', '-qq', '-e', 'trace=open,openat,connect,mkdir,mkdirat', '-o', log])
      return readFileSync(log, 'utf8')
    }
    // Otherwise the trace would not show them.
    expect(await traced('bare')).toMatch(traces)
    const ours = await traced('ours')
    expect(ours).toContain('libonnxruntime')
    expect(ours).not.toMatch(traces)
    expect(ours).not.toMatch(/connect\(.*AF_INET/)
    expect(readdirSync(folder)).not.toContain('ours-home')
  })
})
