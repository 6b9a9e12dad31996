// The workbench's side of a soak, in a process of its own: what is judged is its memory, not that of a test runner, which
// keeps something of every assertion. `node --expose-gc workbench.ts <SoakOrder as JSON>`; prints one JSON reading a round.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectDevice, type DeployedSide, type Device } from '../../src/main/workbench/devices/device.ts'
import { openSshSession } from '../../src/main/workbench/devices/ssh/session.ts'
import type { Transport } from '../../src/main/workbench/devices/transport.ts'
import { childrenWith, sourceTransport } from '../support/agentProcess.ts'
import { timeOne } from '../support/timeOne.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { descriptorsOf, type Reading } from './growth.ts'
import { residentBytes, residentOfEmulated } from './resident.ts'

export interface SoakOrder {
  seconds: number
  heads: number
  /** Candidates, and the agent's files where it is a child, go there. */
  folder: string
  /** A board with its agent; null: this computer. `home` has the SSH files. */
  board: { target: string; home: string; command: string } | null
}

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

const never = new AbortController().signal
const order = JSON.parse(process.argv[2]!) as SoakOrder
const collect = (globalThis as { gc?: Collect }).gc
if (!collect) throw new Error('start this with --expose-gc')

/** V8 keeps spare room as it likes; with this it gives all of it back, so that what grows is really held. */
const thorough = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const

/**
 * Makes every agent collect its garbage now and then and note what is left, in the file `left-PID` of a folder: for
 * NODE_OPTIONS, so that the agent itself is the one that users have. Under QEMU "self/maps" is what the program has mapped
 * and "self/task/PID/smaps" what the emulator has; see resident.ts.
 */
const noting = (folder: string, everyMs: number): string => {
  const code = `setInterval(()=>{gc(${JSON.stringify(thorough)});
const{heapUsed,external}=process.memoryUsage(),fs=process.getBuiltinModule('fs'),proc=p=>fs.readFileSync('/proc/self/'+p,'utf8');
const maps=proc('maps'),smaps=proc('task/'+process.pid+'/smaps').match(/^([0-9a-f]+-[0-9a-f]+ |Rss:.*)/gm).join('\\n');
fs.writeFileSync('${folder}/left-'+process.pid,JSON.stringify({maps,smaps,held:heapUsed+external}))},${everyMs}).unref()`
  return `--expose-gc --import=data:text/javascript,${encodeURIComponent(code).replaceAll("'", '%27')}`
}

/** What an agent has left, in bytes. */
interface Left {
  resident: number
  emulator: number
  held: number
}

interface Bench {
  /** A way of its own to a new agent. */
  transport(): Promise<Transport>
  /** The agents that run now: their ids, and open descriptors where they can be counted from here. */
  agents(): Promise<{ pids: number[]; descriptors: number }>
  /** The note of one; '' before there is one. */
  note(pid: number): Promise<string>
  close(): Promise<void>
}

function onThisComputer(): Bench {
  const store = join(order.folder, 'agent')
  return {
    transport: async () => sourceTransport(store, undefined, { NODE_OPTIONS: noting(order.folder, 5000) }),
    async agents() {
      const pids = childrenWith(store)
      return { pids, descriptors: pids.reduce((sum, pid) => sum + descriptorsOf(pid), 0) }
    },
    note: (pid) => readFile(join(order.folder, `left-${pid}`), 'utf8').catch(() => ''),
    close: async () => {},
  }
}

/** Over the workbench's own SSH; every agent comes over a session of its own, as in a run. */
async function onBoard({ target, home, command }: NonNullable<SoakOrder['board']>): Promise<Bench> {
  const places = {
    home,
    user: 'nobody-there',
    configs: [join(home, '.ssh', 'config')],
    knownHosts: [],
    trustStore: join(home, 'known_hosts'),
    agent: undefined,
  }
  const open = () =>
    openSshSession(target, { ask: async () => undefined, acceptNewHostKey: true, signal: never, places })
  const watching = await open()
  return {
    async transport() {
      const session = await open()
      return {
        name: 'pi',
        kind: 'ssh',
        async open() {
          const channel = await session.start(`export NODE_OPTIONS='${noting('/tmp', 20_000)}'; ${command}`)
          channel.onClose(() => void session.close())
          return channel
        },
      }
    },
    async agents() {
      const { stdout } = await watching.exec("pgrep -f '[n]ode /opt/agent/agent.mjs'")
      return { pids: stdout.split('\n').filter(Boolean).map(Number), descriptors: 0 }
    },
    note: async (pid) => (await watching.exec(`cat /tmp/left-${pid}`)).stdout,
    close: () => watching.close(),
  }
}

const candidates = await Promise.all(
  Array.from({ length: order.heads }, (_, i) =>
    writeTinyCandidate(join(order.folder, `head-${i}`), i % 2 ? 'uint8' : 'float32', i),
  ),
)

async function pushed(device: Device, index: number, batch: number): Promise<DeployedSide> {
  const { head, check, split } = candidates[index % candidates.length]!
  const hashes = await device.pushFiles([head, check], () => {}, never)
  return { side: 'head', model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1, batch }
}

async function pushCheckTime(device: Device, count: number, round: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { ok, reason } = await device.check(await pushed(device, round + i, 1), never)
    if (!ok) throw new Error(`a check failed in round ${round}: ${reason}`)
  }
  await timeOne(device, await pushed(device, round, 16), { seconds: 0.25, minIterations: 10 })
}

/** Of those that run now, the notes together: one agent, and whatever stays of others. */
async function leftOf(bench: Bench, pids: readonly number[]): Promise<Left> {
  const sum: Left = { resident: 0, emulator: 0, held: 0 }
  for (const pid of pids) {
    const text = await bench.note(pid)
    if (!text.trim().endsWith('}')) continue
    const note = JSON.parse(text) as { maps: string; smaps: string; held: number }
    const { own, emulator } = residentOfEmulated(note.maps, note.smaps)
    sum.resident += own
    sum.emulator += emulator
    sum.held += note.held
  }
  return sum
}

/** All heads through an agent that stays; then a new agent, so that what a connection leaves behind adds up too. */
async function oneRound(bench: Bench, resident: Device, round: number): Promise<Reading> {
  await pushCheckTime(resident, order.heads, round)
  const passing = await connectDevice(await bench.transport())
  try {
    await pushCheckTime(passing, 1, round)
  } finally {
    await passing.close()
  }
  const { pids, descriptors } = await bench.agents()
  const agent = await leftOf(bench, pids)
  collect!(thorough)
  const { heapUsed, external } = process.memoryUsage()
  return {
    resident: residentBytes('self'),
    held: heapUsed + external,
    agentResident: agent.resident,
    agentHeld: agent.held,
    emulator: agent.emulator,
    descriptors: descriptorsOf('self') + descriptors,
    processes: pids.length,
  }
}

const bench = order.board ? await onBoard(order.board) : onThisComputer()
const resident = await connectDevice(await bench.transport())
const began = performance.now()
for (let round = 0; performance.now() - began < order.seconds * 1000; round++) {
  const reading = await oneRound(bench, resident, round)
  process.stdout.write(`${JSON.stringify({ hours: (performance.now() - began) / 3_600_000, reading })}\n`)
}
await resident.close()
process.stdout.write(`${JSON.stringify({ left: (await bench.agents()).pids.length })}\n`)
await bench.close()
