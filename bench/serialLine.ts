/**
 * How much of a serial line's capacity reaches the user: 1 MB pushed to an agent over a pseudo-terminal that is paced to
 * the rate of a real line (baud / 10 bytes per second), the product's way from end to end.
 *
 *   node bench/serialLine.ts [--json]
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectDevice } from '../src/main/workbench/devices/device.ts'
import { serialTransport } from '../src/main/workbench/devices/serial/index.ts'
import { kitFolder } from '../test/hardware/virtualPi/kit.ts'
import { openSerialLine } from '../test/hardware/virtualPi/serialLine.ts'

export interface Row {
  name: string
  /** Payload bytes per second; `ratioDefault` is its share of the line's capacity. */
  median: number
  spread: number
  ratioDefault: number | null
  ratioBest: number | null
}

const bytes = 1_000_000
const agent = resolve(import.meta.dirname, '../src/agent/index.ts')

/** One row per rate: what 1 MB got through. Needs the test part `serial`. */
export async function serialRows(bauds: readonly number[] = [921_600, 115_200]): Promise<Row[]> {
  const rows: Row[] = []
  for (const baud of bauds) {
    const rate = await pushOver(baud)
    rows.push({
      name: `serial line at ${baud} baud, 1 MB (B/s)`,
      median: rate,
      spread: 0,
      ratioDefault: rate / (baud / 10),
      ratioBest: null,
    })
  }
  return rows
}

async function pushOver(baud: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-serial-bench-'))
  const tools = join(kitFolder('arm64'), 'tools')
  const [socket, terminal] = [join(folder, 'board.sock'), join(folder, 'ttyBoard')]
  const socat = spawn(
    join(tools, 'socat'),
    ['-b', '1024', `UNIX-LISTEN:${socket},sndbuf=4096`, `pty,rawer,echo=0,link=${terminal}`],
    {
      stdio: 'ignore',
      env: { ...process.env, LD_LIBRARY_PATH: join(tools, 'lib') },
    },
  )
  while (!existsSync(socket)) await sleep(10)
  const line = await openSerialLine(socket, tools, { baud })
  while (!existsSync(terminal)) await sleep(10)
  const board = spawn(
    process.execPath,
    [agent, '--port', terminal, '--baud', String(baud), '--store', join(folder, 'store')],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_NO_WARNINGS: '1', ORT_DISABLE_TELEMETRY: '1' },
    },
  )
  try {
    const signal = new AbortController().signal
    const never = async () => {
      throw new Error('there is no shell on this line')
    }
    const place = { path: line.path, baud }
    const device = await connectDevice(
      serialTransport(place, { name: 'bench', ask: async () => undefined, signal, prepare: never }),
    )
    try {
      const file = join(folder, 'file')
      await writeFile(file, randomBytes(bytes))
      const began = performance.now()
      await device.pushFiles([file], () => {}, signal)
      return bytes / ((performance.now() - began) / 1000)
    } finally {
      await device.close()
    }
  } finally {
    board.kill('SIGKILL')
    await line.stop()
    socat.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] && resolve(process.argv[1]) === import.meta.filename) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const rows = await serialRows()
  if (values.json) process.stdout.write(`${JSON.stringify({ rows })}\n`)
  else
    for (const { name, median, ratioDefault } of rows) {
      process.stdout.write(
        `${name}: ${Math.round(median)}, ${((ratioDefault ?? 0) * 100).toFixed(1)} % of the line's capacity\n`,
      )
    }
}
