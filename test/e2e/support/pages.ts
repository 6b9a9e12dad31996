import type { Page } from 'playwright'

export const goTo = async (page: Page, place: string): Promise<void> => {
  // A text: this file is also checked without the DOM's types, for bench/.
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${place}`)}`)
}

/** Fills the form for the smallest comparison there is and starts it. */
export async function startToy(page: Page): Promise<void> {
  await goTo(page, 'compare')
  await page.getByLabel('Profile').selectOption('toy')
  await page.locator('[data-plan] li').first().waitFor()
  await page.getByRole('button', { name: 'Start comparison' }).click()
  await page.locator('[data-live]').waitFor()
}

/** Waits until the live page shows a state; the job's own time is the only limit. */
export const waitForState = (page: Page, state: string, timeout = 30_000): Promise<void> =>
  page.locator('[data-live] [data-state]', { hasText: new RegExp(`^${state}$`) }).waitFor({ timeout })

/** Waits until progress reaches a phase, by the words of its title. */
export const waitForProgress = (page: Page, words: RegExp, timeout = 120_000): Promise<void> =>
  page.locator('[data-live] [data-progress]', { hasText: words }).waitFor({ timeout })

/** The texts of a table's cells by column, per row key, as soon as its first rows are all drawn. */
export async function readTable(page: Page, name: string): Promise<Map<string, Record<string, string>>> {
  await page.locator(`table[data-table="${name}"]:not([aria-busy="true"])`).waitFor()
  const rows = await page.locator(`table[data-table="${name}"] tbody tr`).evaluateAll((elements) =>
    elements.map((row) => ({
      key: row.getAttribute('data-row')!,
      cells: Object.fromEntries(
        [...row.querySelectorAll('td[data-column]')].map((cell) => [
          cell.getAttribute('data-column')!,
          // The second line (interval, delta) is apart.
          cell.firstChild?.textContent?.trim() ?? '',
        ]),
      ),
    })),
  )
  return new Map(rows.map(({ key, cells }) => [key, cells]))
}

/** What one of a panel's export buttons hands to the user. */
export async function exported(page: Page, of: string, kind: 'CSV' | 'PNG' | 'SVG'): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('group', { name: `Export ${of}`, exact: true })
      .getByRole('button', { name: kind })
      .click(),
  ])
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Rows of a CSV file without quoted cells, as objects. */
export function parseCsv(text: string): Record<string, string>[] {
  const [head, ...lines] = text.trimEnd().split('\r\n')
  const columns = head!.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(columns.map((column, index) => [column, cells[index]!]))
  })
}
