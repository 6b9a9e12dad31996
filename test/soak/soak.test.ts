import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { connectDevice, type DeployedSide, type Device } from '../../src/main/workbench/devices/device.ts'
import { installAgent } from '../hardware/virtualPi/agent.ts'
import { agentOverSsh } from '../hardware/virtualPi/overSsh.ts'
import { startVirtualPi } from '../hardware/virtualPi/virtualPi.ts'
import { childrenWith, sourceTransport } from '../support/agentProcess.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { timeOne } from '../support/timeOne.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { Series, watchProcess } from './growth.ts'

/** Seconds; 30 minutes unless SPLITBENCH_SOAK_S says otherwise. */
const seconds = Number(process.env.SPLITBENCH_SOAK_S ?? 1800)
const heads = 20
/** Growth over an hour that is still called flat. Below ten minutes memory is printed only: its warm-up is all there is. */
const bounds = { memory: 30e6, descriptors: 4, processes: 1 } as const
const never = new AbortController().signal

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

describeWith('onnxruntime', `${heads} heads pushed, checked and timed in a loop for ${seconds} s`, () => {
  itWith(
    'onnxruntime',
    'on this computer: memory, descriptors and processes stay flat',
    async () => {
      const store = await newFolder()
      await soak('local', () => connectDevice(sourceTransport(store)), store)
    },
    (seconds + 300) * 1000,
  )

  itWith(
    'qemu-arm64',
    'on the virtual Pi over SSH: memory, descriptors and processes stay flat',
    async () => {
      const pi = await startVirtualPi()
      try {
        const agent = await installAgent(pi)
        await soak('virtual Pi', () => connectDevice(agentOverSsh(pi, agent)), undefined)
        expect((await pi.exec('ps -eo args')).stdout).not.toMatch(/agent\.mjs/)
      } finally {
        await pi.stop()
      }
    },
    (seconds + 300) * 1000,
  )
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-soak-'))
  folders.push(folder)
  return folder
}

/** Half of the time each; every round is a connection of its own, so that what one leaves behind adds up. */
async function soak(name: string, connect: () => Promise<Device>, agentStore: string | undefined): Promise<void> {
  const folder = await newFolder()
  const candidates = await Promise.all(
    Array.from({ length: heads }, (_, i) => writeTinyCandidate(join(folder, String(i)), i % 2 ? 'uint8' : 'float32')),
  )
  const series = new Series()
  const until = performance.now() + (seconds / 2) * 1000
  for (let round = 0; performance.now() < until; round++) {
    const device = await connect()
    try {
      for (const { head, check, split } of candidates) {
        const hashes = await device.pushFiles([head, check], () => {}, never)
        const [model, reference] = [hashes.get(head)!, hashes.get(check)!]
        const side: DeployedSide = { side: 'head', model, check: reference, split, threads: 1, batch: 1 }
        expect(await device.check(side, never)).toMatchObject({ ok: true })
      }
      const { head, check, split } = candidates[round % heads]!
      const hashes = await device.pushFiles([head, check], () => {}, never)
      const timed = {
        side: 'head' as const,
        model: hashes.get(head)!,
        check: hashes.get(check)!,
        split,
        threads: 1,
        batch: 16,
      }
      await timeOne(device, timed, { seconds: 0.5, minIterations: 10 })
      series.add(watchProcess(process.pid, agentStore === undefined ? [] : childrenWith(agentStore)))
    } finally {
      await device.close()
    }
  }
  const rows = series.growthPerHour()
  console.log(`\n${name}: ${series.length} rounds of ${heads} heads\n${series.table()}\n`)
  if (agentStore !== undefined) expect(childrenWith(agentStore)).toEqual([])
  for (const { what, low } of rows) {
    // Flat: not even the lower end of the slope's 95 % interval lies above the bound.
    if (what === 'memory' && seconds < 600) continue
    expect(low, `${name}: ${what}`).toBeLessThan(bounds[what])
  }
}
