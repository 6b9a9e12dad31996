// `npm run demo:raspi3b`: an emulated Raspberry Pi 3 to try Splitbench with, by SSH and over its serial console, until
// Ctrl-C. `--port N`: where its sshd is on this computer (2322 unless given).
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { say } from '../setup/console.mjs'
import { toolEnvironment } from '../setup/test-tools/tool-paths.mjs'
import { provideTestTools } from '../setup/test-tools.mjs'
import { startRaspi3b } from './board.ts'
import { boardImage } from './image.ts'
import { bannerOf } from './ready.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '2322' } } })
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())

const missing = (await provideTestTools(new Set(['raspi3b']), 'raspi3b')).SPLITBENCH_RASPI3B_MISSING
const { SPLITBENCH_VIRTUAL_PI: kit, SPLITBENCH_RASPI3B: parts } = toolEnvironment()
if (missing || !kit || !parts) {
  say(`demo:raspi3b: ${missing ?? 'the emulated board is not there'}`)
  process.exit(1)
}

let last = ''
const onProgress = ({ title }: { title: string }): void => {
  if (title !== last) say(title)
  last = title
}
const began = performance.now()
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`
const image = await boardImage(kit, parts, { onProgress, signal: stop.signal })
const board = await startRaspi3b(parts, image, Number(values.port)).catch((error: Error) => {
  say(`demo:raspi3b: ${error.message}`)
  if (/forwarding rule/.test(error.message)) say(`  Port ${values.port} is taken: give another with --port N.`)
  process.exit(1)
})
const { port, serial } = board
process.stdout.write(`
An emulated Raspberry Pi 3 is booting (QEMU raspi3b; its times are those of an emulator).

  by SSH      ssh://pi@127.0.0.1:${port}       password "raspberry"
                npm run splitbench -- device add pi3 ssh://pi@127.0.0.1:${port}
  by serial   serial:${serial}?baud=115200   login "pi", password "raspberry"
                npm run splitbench -- device add pi3-serial serial:${serial}

  in the window: Devices, Add
Ctrl-C switches it off.
`)
void bannerOf(port, stop.signal).then((up) => up && process.stdout.write(`\nIts sshd answers after ${seconds()}.\n`))
await Promise.race([stop.signal.aborted || once(stop.signal, 'abort'), board.gone])
await board.stop()
process.stdout.write('\nIt is off.\n')
process.exit(0)
