// `node scripts/docs/profilePictures.ts <run folder>`: pictures of the Profile page in both themes, at 1280 × 800: the
// form, and the finished profile in that folder.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { openHosts } from '../../test/e2e/support/host.ts'
import { goTo } from '../../test/e2e/support/pages.ts'
import { pictures } from './picture.ts'

const folder = process.argv[2]
if (!folder) throw new Error('Name the folder of a finished profile.')
const run = basename(folder)
const parent = mkdtempSync(join(homedir(), 'screenshots-'))
const workspace = join(parent, 'workspace')
process.on('exit', () => rmSync(parent, { recursive: true, force: true }))
cpSync(folder, join(workspace, 'splitbench-runs', run), {
  recursive: true,
  filter: (path) => !/\/(best|timings)(\/|$)/.test(path),
})

const hosts = await openHosts()
const { page, close } = await hosts.open(workspace)
const picture = pictures(page, workspace)
try {
  await goTo(page, 'profile')
  await page.locator('[data-drop]').waitFor()
  await picture('profile-form')
  await goTo(page, `profile/run/${run}`)
  await page.locator('[data-chart="profile-workload"] canvas').first().waitFor()
  await picture('profile')
  await page.locator('[data-chart="profile-rates"]').scrollIntoViewIfNeeded()
  await picture('profile-rates')
} finally {
  await close()
  await hosts.close()
}
