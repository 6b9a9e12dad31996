import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { repository } from '../../test/e2e/support/host.ts'

const folder = join(repository, 'docs', 'screenshots')

/** Takes pictures of a page in both themes, as `docs/screenshots/<name>-<theme>.png`. */
export function pictures(page: Page, workspace: string): (name: string) => Promise<void> {
  mkdirSync(folder, { recursive: true })
  /** Where the pictures were taken is nobody's business. */
  const withoutPaths = `{
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const node = texts.currentNode
    node.data = node.data.replaceAll(${JSON.stringify(repository)}, '/home/lab/splitbench').replaceAll(${JSON.stringify(workspace)}, '/home/lab/workspace').replaceAll(${JSON.stringify(homedir())}, '/home/lab')
  }
}`
  return async (name) => {
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme })
      await page.mouse.move(640, 799)
      await page.evaluate(withoutPaths)
      // The theme's colours reach the charts with the next frame.
      await page.waitForTimeout(400)
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) })
    }
  }
}
