import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect } from '#common/contract/channel.ts'
import { toErrorShape } from '#common/errors.ts'
import { processChannel } from '../stdio.ts'
import { machineOf } from './machine.ts'
import { serveInference } from './service.ts'
import { openStore } from './store.ts'

/**
 * The whole life of an agent or a tail server: speaks over stdin and stdout, keeps its files in `--store DIR` (default
 * SPLITBENCH_STORE, else `defaultStore` in the home folder), and ends when its input is closed: whoever started it is
 * gone, and nobody wants the result. `--simulate SCRIPT` (JSON) makes it a simulated device.
 */
export async function runInferenceProcess(defaultStore: string): Promise<void> {
  const connection = connect(processChannel())
  try {
    const { values } = parseArgs({ options: { store: { type: 'string' }, simulate: { type: 'string' } } })
    const folder = values.store ?? process.env.SPLITBENCH_STORE ?? join(homedir(), defaultStore)
    serveInference(connection, await openStore(folder), machineOf(values.simulate))
  } catch (error) {
    process.stderr.write(`${toErrorShape(error).message}\n`)
    process.exit(1)
  }
  connection.onClose((reason) => {
    if (reason) process.stderr.write(`${reason.message}\n`)
    process.exit(reason ? 1 : 0)
  })
  connection.listen()
}
