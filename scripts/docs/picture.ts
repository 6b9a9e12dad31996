import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { repository } from '../../test/e2e/support/host.ts'

const folder = join(repository, 'docs', 'screenshots')
/** To be looked at, not kept. */
const zoomedFolder = join(repository, 'test-results', 'zoomed')

const size = { width: 1280, height: 800 }
/** What a browser of that size shows at 200 %: half of the room, each pixel of the page as four. */
const zoomed = { width: size.width / 2, height: size.height / 2 }

export type Take = (name: string) => Promise<void>

/**
 * Takes pictures of a page in both themes, as `docs/screenshots/<name>-<theme>.png`; with `zoom` at 200 %, from the top
 * and from the end of the page, as `test-results/zoomed/<name>-{top,end}.png`.
 */
export function pictures(page: Page, workspace: string, zoom: boolean): Take {
  for (const path of [folder, zoomedFolder]) mkdirSync(path, { recursive: true })
  /** Where the pictures were taken is nobody's business. */
  const withoutPaths = `{
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const node = texts.currentNode
    node.data = node.data.replaceAll(${JSON.stringify(repository)}, '/home/lab/splitbench').replaceAll(${JSON.stringify(workspace)}, '/home/lab/workspace').replaceAll(${JSON.stringify(homedir())}, '/home/lab')
  }
}`
  const settle = async (): Promise<void> => {
    await page.mouse.move(size.width / 2, size.height - 1)
    await page.evaluate(withoutPaths)
    // The theme's colours and the charts' sizes reach the screen with the next frames.
    await page.waitForTimeout(400)
  }
  const magnified: Take = async (name) => {
    await page.setViewportSize(zoomed)
    for (const [place, top] of [
      ['top', 0],
      ['end', 1e6],
    ] as const) {
      await page.evaluate(`document.querySelector('main').scrollTo(0, ${top})`)
      await settle()
      await page.screenshot({ path: join(zoomedFolder, `${name}-${place}.png`) })
    }
    await page.setViewportSize(size)
  }
  return async (name) => {
    if (zoom) return magnified(name)
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme })
      await settle()
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) })
    }
  }
}
