// `npm run bench:ui [-- --json]`: how fast the window follows a slider with 2,000 candidates, changes its page, and shows
// something with 500 stored runs. Exit code 1 where a limit is exceeded.

import { hostMissing, openHosts } from '../../test/e2e/support/host.ts'
import { newWorkspace, storeRuns } from '../../test/e2e/support/workspace.ts'
import { fixtureComparison } from '../../test/fixtures/comparison.ts'
import { measureStarts, measureSwitches } from './loading.ts'
import { manyCandidates } from './manyCandidates.ts'
import { measureSliders } from './sliders.ts'
import type { Measured } from './summary.ts'
import { exceeded, line, row } from './summary.ts'

const candidates = 2000
const runs = 500

async function measure(): Promise<Measured[]> {
  const hosts = await openHosts()
  try {
    const full = newWorkspace()
    const comparison = fixtureComparison()
    storeRuns(full, comparison, runs)
    const starts = await measureStarts(hosts, full)
    const { page, close } = await hosts.open(full)
    await page.locator('main h1').waitFor()
    const switches = await measureSwitches(page, 'run-0000')
    await close()

    const many = manyCandidates(candidates)
    const workspace = newWorkspace()
    storeRuns(workspace, many, 1)
    const second = await hosts.open(workspace)
    await second.page.locator('main h1').waitFor()
    const sliders = await measureSliders(second.page, 'run-0000')
    await second.close()
    return [...starts, ...switches, ...sliders]
  } finally {
    await hosts.close()
  }
}

const reason = hostMissing()
if (reason !== undefined) {
  console.error(`splitbench: bench:ui needs a browser: ${reason}`)
  process.exit(1)
}
const results = await measure()
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ candidates, runs, rows: results.map(row) }, null, 2))
} else {
  console.log(`${candidates} candidates, ${runs} stored runs, 1280 × 800`)
  for (const one of results) console.log(line(one))
}
process.exitCode = results.some(exceeded) ? 1 : 0
