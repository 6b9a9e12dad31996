import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ByteChannel } from '#common/contract/channel.ts'
import { connect } from '#common/contract/channel.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import { lineChannel } from '../lineChannel.ts'
import { processChannel } from '../stdio.ts'
import { consoleLine, portLine } from '../terminalLine.ts'
import { DeviceLock } from './deviceLock.ts'
import { machineOf } from './machine.ts'
import { serveInference } from './service.ts'
import { openStore } from './store.ts'

/** Of a caller that was unplugged or has crashed: a console's shell is wanted back. */
const callerSilenceS = 60

/**
 * The whole life of an agent or a tail server: speaks over stdin and stdout, keeps its files in `--store DIR` (default
 * SPLITBENCH_STORE, else `defaultStore` in the home folder), and ends when its input is closed: whoever started it is
 * gone, and nobody wants the result. `--simulate SCRIPT` (JSON) makes it a simulated device. With `--line` stdin and
 * stdout are a serial console that was set raw, and what goes over it has its own error correction. With
 * `--port PATH [--baud N]` it waits on a serial port of its own for one caller after another.
 */
export async function runInferenceProcess(defaultStore: string): Promise<void> {
  try {
    const { values } = parseArgs({
      options: {
        store: { type: 'string' },
        simulate: { type: 'string' },
        line: { type: 'boolean', default: false },
        port: { type: 'string' },
        baud: { type: 'string', default: '115200' },
      },
    })
    // Before anything can print.
    const line = values.line ? consoleLine() : undefined
    const channel = line || values.port !== undefined ? undefined : processChannel()
    const folder = values.store ?? process.env.SPLITBENCH_STORE ?? join(homedir(), defaultStore)
    const store = await openStore(folder)
    const lock = new DeviceLock(folder)
    const machine = machineOf(values.simulate)
    const serve: Serve = (over, ended) => {
      const connection = connect(over)
      serveInference(connection, { store, machine, lock })
      connection.onClose((reason) => {
        if (reason) process.stderr.write(`${reason.message}\n`)
        ended(reason ? 1 : 0)
      })
      connection.listen()
    }
    if (values.port !== undefined) await servePort(values.port, baudOf(values.baud), serve)
    else {
      serve(channel ?? lineChannel(line!, { role: 'answerer', silenceS: callerSilenceS }), (code) => process.exit(code))
    }
  } catch (error) {
    process.stderr.write(`${toErrorShape(error).message}\n`)
    process.exit(1)
  }
}

/** One conversation; `ended` gets the exit code that fits. */
type Serve = (channel: ByteChannel, ended: (code: number) => void) => void

/** One conversation after another; ends when the port is gone. */
async function servePort(path: string, baud: number, serve: Serve): Promise<void> {
  const line = await portLine(path, baud)
  line.onClose(() => process.exit(0))
  let listener = (_bytes: Uint8Array): void => {}
  line.onBytes((bytes) => listener(bytes))
  const next = (): void => {
    const onBytes = (to: typeof listener): void => {
      listener = to
    }
    const current = { ...line, onBytes, onClose: () => {} }
    serve(lineChannel(current, { role: 'answerer', bytesPerSecond: baud / 10, silenceS: callerSilenceS }), next)
  }
  next()
}

function baudOf(text: string): number {
  const baud = Number(text)
  if (Number.isInteger(baud) && baud > 0) return baud
  throw new CodedError('bad-usage', `--baud ${text}: not a number of bits per second.`)
}
