import type { Hosts } from '../../test/e2e/support/host.ts'
import { goTo } from '../../test/e2e/support/pages.ts'
import { newWorkspace, storeRuns } from '../../test/e2e/support/workspace.ts'
import { manyCandidates } from './manyCandidates.ts'
import type { Measured } from './summary.ts'
import { summary } from './summary.ts'

const candidates = 2000
const steps = 200
const wakeUp = 40
/** A frame at 60 Hz. */
const frameMs = 16
/** Until the next frame is on the screen, drawn without a GPU. */
const paintedMs = 50

/**
 * Runs in the page: script time from a slider's event until every chart is painted, which happens in the same turn, and
 * the time until the frame after it begins. The slider goes once along its whole length, as a hand moves it. A text:
 * bench/ is checked without the DOM's types.
 */
const moveInPage = `async (slider, count, says) => {
  const [low, high] = [Number(slider.min), Number(slider.max)]
  const texts = new Set()
  const script = []
  const painted = []
  for (let move = 0; move < count; move++) {
    await new Promise((done) => requestAnimationFrame(done))
    const begun = performance.now()
    slider.value = String(low + ((high - low) * move) / count)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    // Vue updates the page, and the charts after it, in one microtask.
    await Promise.resolve()
    await Promise.resolve()
    script.push(performance.now() - begun)
    await new Promise((done) => requestAnimationFrame(done))
    painted.push(performance.now() - begun)
    texts.add(document.querySelector(says).textContent)
  }
  if (texts.size < 2) throw new Error('the slider changed nothing')
  return { script, painted }
}`

/** Places with sliders: what shows that their charts are there, and a text that a slider changes. */
const pages = [
  { name: 'layers', chart: 'end-to-end-by-cut', says: '[data-bests]', sliders: ['Link rate', 'γ of the device'] },
  {
    name: 'select',
    chart: 'pareto-front',
    says: '[data-explanation]',
    sliders: ['Link rate', 'latency ≤', 'accuracy ≥'],
  },
]

/** A stored run of many candidates: every slider on every page that has some. */
export async function measureSliders(hosts: Hosts): Promise<Measured[]> {
  const workspace = newWorkspace()
  storeRuns(workspace, manyCandidates(candidates), 1)
  const { page, close } = await hosts.open(workspace)
  await page.locator('main h1').waitFor()
  const measured: Measured[] = []
  for (const { name, chart, says, sliders } of pages) {
    await goTo(page, `${name}/run-0000`)
    await page.locator(`[data-chart="${chart}"] canvas`).first().waitFor()
    for (const label of sliders) {
      const id = await page.getByLabel(label, { exact: true }).getAttribute('id')
      const move = (moves: number): Promise<{ script: number[]; painted: number[] }> =>
        page.evaluate(
          `(${moveInPage})(document.getElementById(${JSON.stringify(id)}), ${moves}, ${JSON.stringify(says)})`,
        )
      await move(wakeUp)
      const { script, painted } = await move(steps)
      measured.push(summary(`${name}: ${label} → all charts, script`, frameMs, script))
      measured.push(summary(`${name}: ${label} → next frame`, paintedMs, painted))
    }
  }
  await close()
  return measured
}
