import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  impact: string
  nodes: { html: string }[]
}
interface Axe {
  run(context: unknown, options: unknown): Promise<{ violations: Violation[]; passes: unknown[] }>
}

/** What axe calls serious or critical on the page as it is. The report's own test looks into its frame. */
export async function seriousViolations(page: Page): Promise<{ rule: string; nodes: string[] }[]> {
  // A dialog that still fades in has hardly any contrast.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(
        (one) => one.playState !== 'running' || one.effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY,
      ),
  )
  // The content policy allows no further script of the page; evaluation through the debugger is none.
  await page.evaluate(`${axe}; 0`)
  const { violations, passes } = await page.evaluate(() =>
    (window as unknown as { axe: Axe }).axe.run({ exclude: ['iframe'] }, { iframes: false }),
  )
  if (passes.length < 10) throw new Error('axe did not look at the page')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => ({ rule: id, nodes: nodes.map(({ html }) => html.slice(0, 160)) }))
}
