// `npm run test:electron`: the end-to-end specs in Electron, on a virtual screen where there is no other. Where they
// cannot be run it says why; that is a failure only where SPLITBENCH_REQUIRE names electron.
import { join } from 'node:path'
import { say } from '../setup/console.mjs'
import { electronBinary } from '../setup/electron.mjs'
import { environment } from '../setup/launch.mjs'
import { root } from '../setup/paths.mjs'
import { which } from '../setup/process.mjs'
import { runShown } from './shown.mjs'

const required = (process.env.SPLITBENCH_REQUIRE ?? '').split(',').includes('electron')
const screen = process.platform !== 'linux' || process.env.DISPLAY !== undefined
const xvfb = screen ? undefined : which('xvfb-run')

/** @type {string | undefined} */
let missing
if (!electronBinary()) missing = "Electron's binary is not here (to enable: npx install-electron)"
else if (!screen && !xvfb) missing = 'there is no display and no Xvfb (to enable: apt-get install xvfb)'

if (missing) {
  say(`test:electron: ${required ? 'failed' : 'skipped'}: ${missing}.`)
  process.exitCode = required ? 1 : 0
} else {
  const line = [process.execPath, join(root, 'scripts', 'test', 'run.mjs'), '--suite=e2e', ...process.argv.slice(2)]
  const [program, ...args] = xvfb ? [xvfb, '-a', ...line] : line
  process.exitCode = await runShown(program, args, { ...environment(), SPLITBENCH_E2E_HOST: 'electron' })
}
