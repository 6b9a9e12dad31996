// `node scripts/docs/screenshots.ts <run folder> [devices|models|pages]`: pictures of every page in both themes, at
// 1280 × 800, of a stored comparison, of its heads timed on a simulated board, of a training and its pruning, and of a toy
// comparison that is running. With `devices`, `models` or `pages` only those.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { openHosts } from '../../test/e2e/support/host.ts'
import { goTo, startToy, waitForProgress } from '../../test/e2e/support/pages.ts'
import { pictures } from './picture.ts'

const folder = process.argv[2]
if (!folder) throw new Error('Name the folder of a finished comparison.')
const run = basename(folder)
const parent = mkdtempSync(join(homedir(), 'screenshots-'))
const workspace = join(parent, 'workspace')
process.on('exit', () => rmSync(parent, { recursive: true, force: true }))
cpSync(folder, join(workspace, 'splitbench-runs', run), {
  recursive: true,
  filter: (path) => !/\/(models|timings)(\/|$)/.test(path),
})
const hosts = await openHosts()
const { page, close } = await hosts.open(workspace)
const picture = pictures(page, workspace)

/** A simulated board: its card, and three heads of the run timed on it. */
async function devicePictures(): Promise<void> {
  await goTo(page, 'devices')
  for (const [choice, name] of [
    ['Simulated', 'bench-pi'],
    ['This computer', 'desktop'],
  ] as const) {
    await page.getByRole('button', { name: 'Add device' }).click()
    await page.getByRole('dialog').getByLabel(choice).check()
    await page.getByLabel('Name').fill(name)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.locator(`[data-device="${name}"]`).waitFor()
  }
  await goTo(page, 'devices/bench-pi')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.locator('[data-device="bench-pi"][data-state="connected"]').waitFor()
  await picture('devices')
  await goTo(page, 'devices/bench-pi/timing')
  await page.getByLabel('Partition points').selectOption('chosen')
  for (const point of ['pool1', 'pool3', 'pool5']) await page.getByLabel(point, { exact: true }).check()
  await page.getByRole('button', { name: 'Time heads' }).click()
  await page.locator('[data-chart="device-samples"] canvas').first().waitFor({ timeout: 120_000 })
  // Lines of finished jobs would cover what is shown.
  const dismiss = page.locator('[data-job]').getByRole('button', { name: 'Dismiss' })
  while ((await dismiss.count()) > 0) await dismiss.first().click()
  await page.locator('[data-chart="device-samples"]').scrollIntoViewIfNeeded()
  await picture('devices-timing')
}

/** A short training and its pruning, from the window: their forms, their curves. */
async function modelPictures(): Promise<void> {
  const fill = async (form: string, values: Record<string, string>): Promise<void> => {
    for (const [label, value] of Object.entries(values)) {
      await page.getByRole('form', { name: form }).getByLabel(label).fill(value)
    }
  }
  await goTo(page, 'train')
  await fill('Train', { Epochs: '12', 'Batch size': '64', 'Training images': '2000', 'Test images': '500' })
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.locator('[data-model-result]').waitFor({ timeout: 600_000 })
  await picture('trained')
  await page.getByRole('button', { name: 'Prune this model' }).click()
  await fill('Prune', { 'MACs to keep': '35', 'Largest accuracy loss': '40' })
  await picture('train')
  await page.getByRole('button', { name: 'Start pruning' }).click()
  await page.locator('[data-model-result] [data-fact="Parameters"]').waitFor({ timeout: 900_000 })
  await page.locator('[data-chart="channels-left"]').waitFor()
  await picture('pruned')
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('dialog', { name: 'Command palette' }).waitFor()
  await picture('palette')
  await page.keyboard.press('Escape')
}

async function otherPictures(): Promise<void> {
  const pages: [name: string, place: string, ready: string][] = [
    ['overview', 'overview', '[data-next]'],
    ['first-run', 'overview/guide', '[data-start]'],
    ['explained', `compare/run/${run}/guide`, '[data-guide]'],
    ['reports', `reports/${run}`, '[data-preview]'],
    ['compare', 'compare', '[data-plan] li'],
    ['result', `compare/run/${run}`, 'table[data-table="candidates"]'],
    ['layers', `layers/${run}`, 'table[data-table="layers"]'],
    ['select', `select/${run}`, 'table[data-table="shortlist"]'],
    ['runs', 'runs', 'table[data-table="runs"]'],
    ['report', `runs/report/${run}`, 'iframe'],
    ['settings', 'settings', 'text=Desktop process'],
  ]
  for (const [name, place, ready] of pages) {
    await goTo(page, place)
    await page.locator(ready).first().waitFor()
    if (name === 'settings') {
      await page.getByRole('button', { name: 'Examine this computer' }).click()
      await page.locator('table[data-table="doctor"]').waitFor({ timeout: 60_000 })
    }
    await picture(name)
  }
  for (const [name, table] of [
    ['result', 'candidates'],
    ['layers', 'layers'],
  ] as const) {
    await goTo(page, name === 'result' ? `compare/run/${run}` : `layers/${run}`)
    await page.locator(`table[data-table="${table}"]`).scrollIntoViewIfNeeded()
    await page.locator('main').evaluate('(main) => main.scrollTo(0, main.scrollHeight)')
    await picture(`${name}-table`)
  }
  await startToy(page)
  await waitForProgress(page, /Timing/)
  await picture('running')
}

try {
  const only = process.argv[3]
  const wanted = (part: string): boolean => only === undefined || only === part
  if (wanted('devices')) await devicePictures()
  if (wanted('models')) await modelPictures()
  if (wanted('pages')) await otherPictures()
} finally {
  await close()
  await hosts.close()
}
