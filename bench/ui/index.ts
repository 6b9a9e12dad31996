// `npm run bench:ui [-- --json] [--only starts,switches,sliders,curve,console,memory]`: how fast the window shows
// something with 500 stored runs, changes its page, follows a slider with 2,000 candidates and a live curve of 100,000
// points, whether a console stalls under 10,000 lines a second, and what an hour of live training leaves in memory. Exit
// code 1 where a limit is exceeded.

import { loadavg } from 'node:os'
import { hostMissing, openHosts } from '../../test/e2e/support/host.ts'
import { measureConsole } from './console.ts'
import { measureCurve } from './curve.ts'
import { measureStarts, measureSwitches } from './loading.ts'
import { measureMemory } from './memory.ts'
import { measureSliders } from './sliders.ts'
import type { Measured } from './summary.ts'
import { exceeded, line, row } from './summary.ts'

const parts = {
  starts: measureStarts,
  switches: measureSwitches,
  sliders: measureSliders,
  curve: measureCurve,
  console: measureConsole,
  memory: measureMemory,
} as const
type Part = keyof typeof parts

/** The parts that were asked for, in their order here. */
function chosenParts(args: readonly string[]): Part[] {
  const at = args.indexOf('--only')
  const all = Object.keys(parts) as Part[]
  if (at < 0) return all
  const names = (args[at + 1] ?? '').split(',')
  const unknown = names.filter((name) => !all.includes(name as Part))
  if (unknown.length > 0) fail(`--only takes ${all.join(', ')}, not "${unknown.join(',')}"`)
  return all.filter((part) => names.includes(part))
}

function fail(why: string): never {
  console.error(`splitbench: bench:ui: ${why}`)
  process.exit(1)
}

const missing = hostMissing()
if (missing !== undefined) fail(`it needs a browser: ${missing}`)
const chosen = chosenParts(process.argv.slice(2))
const json = process.argv.includes('--json')
const before = loadavg()[0]!
if (!json) console.log(`1280 × 800, drawn without a GPU; load of the machine before: ${before.toFixed(2)}`)
const results: Measured[] = []
const hosts = await openHosts()
try {
  for (const part of chosen) {
    const measured = await parts[part](hosts)
    results.push(...measured)
    if (!json) for (const one of measured) console.log(line(one))
  }
} finally {
  await hosts.close()
}
if (json) console.log(JSON.stringify({ load: before, rows: results.map(row) }, null, 2))
process.exitCode = results.some(exceeded) ? 1 : 0
