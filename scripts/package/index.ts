// `npm run package`: the app as packages for this system, in release/. `--dir` stops at the unpacked app, `--electron DIR`
// takes Electron from a folder instead of downloading it, `--without-tensorflow` leaves libtensorflow out, and
// `--output DIR` says where to.
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root, tfjsNodeFolder } from '../setup/paths.mjs'
import { packageApp } from './make.ts'
import type { Processor, System } from './targets.ts'

const { values } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    electron: { type: 'string' },
    'without-tensorflow': { type: 'boolean', default: false },
    output: { type: 'string', default: join(root, 'release') },
  },
})
const tensorflow = !values['without-tensorflow']
if (tensorflow && !existsSync(join(tfjsNodeFolder, 'deps', 'lib'))) {
  process.stderr.write(
    'package: TensorFlow is not set up here.\n  `npm run doctor` says what is missing; --without-tensorflow leaves it out: training then runs on WebAssembly.\n',
  )
  process.exit(1)
}
const output = resolve(values.output)
mkdirSync(output, { recursive: true })
const target = { system: process.platform as System, processor: process.arch as Processor }
try {
  const made = await packageApp({
    target,
    tensorflow,
    output,
    directory: values.dir,
    ...(values.electron === undefined ? {} : { electron: resolve(values.electron) }),
  })
  for (const path of made.length > 0 ? made : [output]) process.stdout.write(`${path}\n`)
} catch (error) {
  const { message } = error as Error
  process.stderr.write(`package: ${message}\n`)
  if (/ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN/.test(message)) {
    process.stderr.write(
      "  Electron and electron-builder's tools are downloaded where they are not in the user's cache: try again with a network that reaches github.com, or name a folder with an unpacked Electron (--electron) and make the unpacked app only (--dir).\n",
    )
  }
  process.exit(1)
}
