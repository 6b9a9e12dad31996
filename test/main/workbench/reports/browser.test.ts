import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright'
import { chromium } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderHtml } from '../../../../src/main/workbench/reports/html/document.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { describeWith } from '../../../support/requires.ts'

const reports = {
  local: fixtureComparison(),
  modelled: fixtureComparison({ gamma: 5, link: '3g' }),
  board: fixtureComparison({ device: 'board', link: '2.5,20' }),
  small: fixtureComparison({ points: ['pool2'], frameworks: ['two-step'] }),
}

/** Quiet, and without the background requests that pile up where nothing answers. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describeWith('chromium', 'report in a real browser', () => {
  let folder: string
  let browser: Browser
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-browser-'))
    for (const [name, comparison] of Object.entries(reports)) {
      await writeFile(join(folder, `${name}.html`), renderHtml(comparison))
    }
    browser = await chromium.launch({ executablePath: process.env.SPLITBENCH_CHROMIUM, args: flags })
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(
    name: string,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(`requested: ${request.url()}`)
    })
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href)
    return { page, complaints }
  }

  it.each(Object.keys(reports))(
    '%s: no console message, no request, no sideways scrolling, at 1280 and 390, light and dark',
    async (name) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1280, 390]) {
          const { page, complaints } = await open(name, { colorScheme, viewport: { width, height: 800 } })
          expect(complaints).toEqual([])
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
          await page.close()
        }
      }
    },
  )

  it('the table fits its frame at 1280', async () => {
    const { page } = await open('board')
    const [inner, outer] = await page.evaluate(() => {
      const frame = document.querySelector('.scroll')!
      return [frame.scrollWidth, frame.clientWidth]
    })
    expect(inner).toBeLessThanOrEqual(outer!)
    await page.close()
  })

  it('text of charts stays inside its chart and legible against the page, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open('board', { colorScheme })
      const problems = await page.evaluate(() => {
        const found: string[] = []
        const luminance = (colour: string): number => {
          const [r, g, b] = colour.match(/[\d.]+/g)!.map((part) => {
            const value = Number(part) / 255
            return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
          })
          return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
        }
        const back = luminance(getComputedStyle(document.querySelector('section')!).backgroundColor)
        for (const svg of document.querySelectorAll('figure svg')) {
          const box = svg.getBoundingClientRect()
          for (const text of svg.querySelectorAll('text')) {
            const own = text.getBoundingClientRect()
            if (
              own.left < box.left - 1 ||
              own.right > box.right + 1 ||
              own.top < box.top - 1 ||
              own.bottom > box.bottom + 1
            ) {
              found.push(`clipped: ${text.textContent}`)
            }
            const [high, low] = [luminance(getComputedStyle(text).fill), back].sort((a, b) => b - a)
            if ((high! + 0.05) / (low! + 0.05) < 4.5) found.push(`faint: ${text.textContent}`)
          }
        }
        return found
      })
      expect(problems).toEqual([])
      await page.close()
    }
  })

  it('sorts by a pressed heading, empty cells last, with the baseline on top', async () => {
    const { page } = await open('local')
    const column = (): Promise<number[]> =>
      page.$$eval('.candidates tbody.rows tr', (rows) =>
        rows.map((row) => Number((row.children[10] as HTMLElement).dataset.value)),
      )
    const press = () => page.click('.candidates th:nth-child(11) button')
    await press()
    const ascending = await column()
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b))
    expect(ascending).toHaveLength(reports.local.candidates.length - 1)
    await press()
    expect(await column()).toEqual([...ascending].reverse())
    expect(await page.getAttribute('.candidates th:nth-child(11)', 'aria-sort')).toBe('descending')
    expect(await page.textContent('.candidates tbody.pinned td')).toBe('only-splitting')
    await page.close()
  })

  it('prints on paper', async () => {
    const { page } = await open('board', { colorScheme: 'dark' })
    const pdf = await page.pdf({ preferCSSPageSize: true })
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length
    expect(pages).toBeGreaterThanOrEqual(4)
    expect(pages).toBeLessThanOrEqual(10)
    await page.close()
  })
})
