import type { Hosts } from '../../test/e2e/support/host.ts'
import { goTo } from '../../test/e2e/support/pages.ts'
import { newWorkspace, storeRuns } from '../../test/e2e/support/workspace.ts'
import { fixtureComparison } from '../../test/fixtures/comparison.ts'
import type { Measured } from './summary.ts'
import { summary } from './summary.ts'

const runs = 500
const starts = 7
const switches = 9

function fullWorkspace(): string {
  const workspace = newWorkspace()
  storeRuns(workspace, fixtureComparison(), runs)
  return workspace
}

/** From the start of the desktop process to the first page, and to the list of every run, ms: a fresh process each time. */
export async function measureStarts(hosts: Hosts): Promise<Measured[]> {
  const workspace = fullWorkspace()
  const first: number[] = []
  const listed: number[] = []
  for (let index = 0; index < starts; index++) {
    const begun = performance.now()
    const { page, close } = await hosts.open(workspace)
    await page.locator('main h1').waitFor()
    first.push(performance.now() - begun)
    await goTo(page, 'runs')
    await page.locator('table[data-table="runs"] tbody tr').first().waitFor({ timeout: 60_000 })
    listed.push(performance.now() - begun)
    await close()
  }
  return [
    summary(`start → first content, ${runs} stored runs`, 1000, first),
    summary(`start → list of ${runs} runs`, 3000, listed),
  ]
}

/** Runs in the page: from the change of the address to the frame that has the new page. */
const switchInPage = `async (to, ready) => {
  const begun = performance.now()
  location.hash = to
  do {
    await new Promise((done) => requestAnimationFrame(done))
  } while (!document.querySelector(ready))
  return performance.now() - begun
}`

/** Every page with what shows that it is complete. */
export async function measureSwitches(hosts: Hosts): Promise<Measured[]> {
  const { page, close } = await hosts.open(fullWorkspace())
  await page.locator('main h1').waitFor()
  const run = 'run-0000'
  const places: [place: string, ready: string][] = [
    [`compare/run/${run}`, 'table[data-table="candidates"] tbody tr'],
    [`layers/${run}`, 'table[data-table="layers"] tbody tr'],
    [`select/${run}`, 'table[data-table="shortlist"] tbody tr'],
    ['devices', 'main h1'],
    ['runs', 'table[data-table="runs"] tbody tr'],
    ['settings', 'main h1'],
  ]
  const samples = new Map<string, number[]>()
  for (let round = 0; round <= switches; round++) {
    for (const [place, ready] of places) {
      const title = place.split('/')[0]!
      const selector = ready === 'main h1' ? `nav a[aria-current="page"][href="#/${title}"]` : ready
      const ms: number = await page.evaluate(
        `(${switchInPage})(${JSON.stringify(`#/${place}`)}, ${JSON.stringify(selector)})`,
      )
      // The first round opens what later ones find open.
      if (round > 0) samples.set(title, [...(samples.get(title) ?? []), ms])
    }
  }
  await close()
  return [...samples].map(([title, ms]) => summary(`page switch to ${title}`, 100, ms))
}
