import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import { installAgent, removeBundleAfterAll } from '../hardware/virtualPi/agent.ts'
import { startVirtualPi } from '../hardware/virtualPi/virtualPi.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { memory, type Quantity, type Reading, Series } from './growth.ts'
import type { SoakOrder } from './workbench.ts'

/** Seconds; 30 minutes unless SPLITBENCH_SOAK_S says otherwise. */
const seconds = Number(process.env.SPLITBENCH_SOAK_S ?? 1800)
const heads = 20
/** Growth over an hour that is still called flat. Below ten minutes memory is printed only: its warm-up is all there is. */
const bounds: Record<Exclude<Quantity, 'emulator'>, number> = {
  resident: 30e6,
  held: 10e6,
  agentResident: 30e6,
  agentHeld: 10e6,
  descriptors: 4,
  processes: 1,
}

const folders: string[] = []
removeBundleAfterAll()
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

describe('the judgement over a soak', () => {
  /** A quarter of an hour, a reading every 1.5 s that scatters by 2 MB, after a warm-up. */
  const readings = (bytesPerHour: number): Series => {
    const series = new Series()
    const draw = random(1, 'soak')
    for (let i = 0; i < 600; i++) {
      const hours = (i * 1.5) / 3600
      const resident = 150e6 - 50e6 * Math.exp(-i / 30) + bytesPerHour * hours + 2e6 * draw.normal()
      const rest = { held: 45e6, agentResident: 100e6, agentHeld: 15e6, emulator: 0, descriptors: 49, processes: 1 }
      series.add(hours, { resident, ...rest })
    }
    return series
  }

  it('sees a leak of 60 MB an hour, and none where there is none', () => {
    expect(tooMuch(readings(60e6))).toEqual(['resident'])
    expect(tooMuch(readings(0))).toEqual([])
  })
})

describeWith('onnxruntime', `${heads} heads pushed, checked and timed in a loop for ${seconds} s`, () => {
  itWith(
    'onnxruntime',
    'on this computer: memory, descriptors and processes stay flat',
    () => soak('this computer', null),
    (seconds + 300) * 1000,
  )

  itWith(
    'qemu-arm64',
    'on the virtual Pi over SSH: memory, descriptors and processes stay flat',
    async () => {
      const pi = await startVirtualPi({ sshdConfig: ['LogLevel VERBOSE'] })
      try {
        const agent = await installAgent(pi)
        const home = await newFolder()
        await mkdir(join(home, '.ssh'))
        await writeFile(join(home, '.ssh', 'config'), `Host *\n  IdentityFile ${pi.keyFile}\n`)
        const soaking = soak('virtual Pi', { target: `ssh://pi@127.0.0.1:${pi.port}`, home, command: agent })
        await soaking.catch(async (error: Error) => {
          throw new Error(`${error.message}\nThe log of its sshd ends so:\n${(await pi.sshdLog()).slice(-2000)}`)
        })
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

/** Half of the time each. */
async function soak(name: string, board: SoakOrder['board']): Promise<void> {
  const series = new Series()
  let left: number | undefined
  const said = (): void =>
    console.log(`\n${name}: ${series.length} rounds of ${heads} heads, a new connection each\n${series.table()}\n`)
  try {
    for await (const line of linesOf({ seconds: seconds / 2, heads, folder: await newFolder(), board })) {
      const told = JSON.parse(line) as { hours: number; reading: Reading } | { left: number }
      if ('left' in told) left = told.left
      else series.add(told.hours, told.reading)
    }
  } finally {
    if (series.length > 6) said()
  }
  for (const { what, first } of series.growthPerHour()) {
    // A reading that is not there would not grow.
    if (what === 'emulator') continue
    if (seconds >= 600) expect(first, `${name}: ${what}`).toBeGreaterThan(memory.has(what) ? 1e6 : 0)
  }
  expect(left, `${name}: agents left over`).toBe(0)
  expect(
    tooMuch(series).filter((what) => seconds >= 600 || !memory.has(what)),
    name,
  ).toEqual([])
}

/** Flat: not even the lower end of the slope's 95 % interval lies above the bound. */
const tooMuch = (series: Series): Quantity[] =>
  series
    .growthPerHour()
    .filter(({ what, low }) => what !== 'emulator' && low >= bounds[what])
    .map(({ what }) => what)

/** What the workbench's process prints, line by line. Throws with its last words where it fails. */
async function* linesOf(order: SoakOrder): AsyncGenerator<string> {
  const program = join(import.meta.dirname, 'workbench.ts')
  const args = ['--disable-warning=ExperimentalWarning', '--expose-gc', program, JSON.stringify(order)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000)
  })
  const gone = new Promise<number | null>((done) => child.once('close', done))
  try {
    yield* createInterface(child.stdout)
    const code = await gone
    if (code !== 0) throw new Error(`the workbench's process ended with ${code}: ${words}`)
  } finally {
    child.kill('SIGKILL')
  }
}
