// `npm run bench:ui [-- --json]`: how fast the window follows a slider, and how soon it shows something. Exit code 1
// where a limit is exceeded.
import type { Page } from 'playwright'
import { medianInterval } from '#common/measurement/interval.ts'
import { median, p95 } from '#common/measurement/statistics.ts'
import { significant } from '#common/units.ts'
import { hostMissing, openHosts } from '../../test/e2e/support/host.ts'
import { goTo } from '../../test/e2e/support/pages.ts'
import { newWorkspace, storeRun } from '../../test/e2e/support/workspace.ts'
import { manyCandidates } from './manyCandidates.ts'

const candidates = 500
const steps = 200
const loads = 9

interface Measured {
  what: string
  limitMs: number
  medianMs: number
  ci95Ms: [number, number]
  p95Ms: number
  maxMs: number
  n: number
}

const summary = (what: string, limitMs: number, samples: readonly number[]): Measured => ({
  what,
  limitMs,
  medianMs: median(samples),
  ci95Ms: medianInterval(samples),
  p95Ms: p95(samples),
  maxMs: Math.max(...samples),
  n: samples.length,
})

/**
 * Runs in the page: script time from a slider's event until every chart is painted, which happens in the same turn. The
 * slider goes once along its whole length, as a hand moves it. A text: bench/ is checked without the DOM's types.
 */
const moveInPage = `async (slider, count) => {
  const [low, high] = [Number(slider.min), Number(slider.max)]
  const texts = new Set()
  const samples = []
  for (let move = 0; move < count; move++) {
    await new Promise((done) => requestAnimationFrame(done))
    const begun = performance.now()
    slider.value = String(low + ((high - low) * move) / count)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    // Vue updates the page, and the charts after it, in one microtask.
    await Promise.resolve()
    await Promise.resolve()
    samples.push(performance.now() - begun)
    texts.add(document.querySelector('[data-bests]').textContent)
  }
  if (texts.size < 2) throw new Error('the slider changed nothing')
  return samples
}`

async function moveSlider(page: Page, label: string, moves: number): Promise<number[]> {
  const id = await page.getByLabel(label).getAttribute('id')
  return page.evaluate(`(${moveInPage})(document.getElementById(${JSON.stringify(id)}), ${moves})`)
}

/** From the navigation to the first paint, and to the page with its data, ms. */
async function load(page: Page): Promise<{ paint: number; ready: number }> {
  await page.reload()
  await page.locator('main h1').waitFor()
  return page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]!.startTime,
    ready: performance.now(),
  }))
}

async function measure(): Promise<Measured[]> {
  const comparison = manyCandidates(candidates)
  const workspace = newWorkspace()
  await storeRun(workspace, comparison)
  const hosts = await openHosts()
  const { page, close } = await hosts.open(workspace)
  try {
    await page.locator('main h1').waitFor()
    const times = []
    for (let index = 0; index < loads; index++) times.push(await load(page))
    await goTo(page, `layers/${comparison.run.id}`)
    await page.locator('[data-chart="end-to-end-by-cut"] canvas').waitFor()
    await moveSlider(page, 'Link rate', 40)
    return [
      summary('link slider to all charts', 16, await moveSlider(page, 'Link rate', steps)),
      summary('γ slider to all charts', 16, await moveSlider(page, 'γ of the device', steps)),
      summary(
        'first content',
        1500,
        times.map(({ paint }) => paint),
      ),
      summary(
        'page with its data',
        1500,
        times.map(({ ready }) => ready),
      ),
    ]
  } finally {
    await close()
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
  // The form of every bench (ms); there is nothing to compare a window with, so both ratios are null.
  const rows = results.map(({ what, medianMs, ci95Ms, ...rest }) => ({
    name: what,
    median: medianMs,
    spread: ci95Ms,
    ratioDefault: null,
    ratioBest: null,
    ...rest,
  }))
  console.log(JSON.stringify({ candidates, rows }, null, 2))
} else {
  console.log(`${candidates} candidates, 1280 × 800`)
  for (const { what, limitMs, medianMs, ci95Ms, p95Ms, maxMs, n } of results) {
    console.log(
      `${what.padEnd(28)} median ${significant(medianMs)} ms (95 % interval ${ci95Ms.map((ms) => significant(ms)).join('–')}), p95 ${significant(p95Ms)} ms, max ${significant(maxMs)} ms, n ${n}; limit ${limitMs} ms: ${medianMs <= limitMs ? 'kept' : 'EXCEEDED'}`,
    )
  }
}
process.exitCode = results.some(({ medianMs, limitMs }) => medianMs > limitMs) ? 1 : 0
