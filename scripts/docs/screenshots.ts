// `node scripts/docs/screenshots.ts <workspace> [--zoom] [pages|profile|devices|live|preprocess|models|running …]`: pictures
// of every page in both themes, at 1280 × 800, of the newest comparison, profile and sweep in that workspace, of heads timed
// on a simulated board, of live inference, of a sweep over pre-processing, of a training and its pruning, and of a comparison
// that is running. With names only those parts.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openHosts } from '../../test/e2e/support/host.ts'
import { devicePictures } from './parts/devices.ts'
import { livePictures } from './parts/live.ts'
import { modelPictures } from './parts/models.ts'
import { pagePictures } from './parts/pages.ts'
import { preprocessPictures } from './parts/preprocess.ts'
import { profilePictures } from './parts/profile.ts'
import { runningPictures } from './parts/running.ts'
import type { Studio } from './parts/studio.ts'
import { newestRun } from './parts/studio.ts'
import { pictures } from './picture.ts'

const parts = {
  pages: pagePictures,
  profile: profilePictures,
  devices: devicePictures,
  live: livePictures,
  preprocess: preprocessPictures,
  models: modelPictures,
  running: runningPictures,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { zoom: { type: 'boolean', default: false } },
})
const [source, ...names] = positionals
if (!source)
  throw new Error('Name a workspace with a finished profile, sweep, and comparison, and one on built-in images.')

// A copy: pictures start jobs, and their devices are nobody's.
const parent = mkdtempSync(join(homedir(), 'screenshots-'))
process.on('exit', () => rmSync(parent, { recursive: true, force: true }))
const workspace = join(parent, 'workspace')
mkdirSync(join(workspace, 'splitbench-runs'), { recursive: true })
const found = {
  compare: newestRun(source, 'compare'),
  live: newestRun(source, 'compare', 'synthetic'),
  profile: newestRun(source, 'profile'),
  sweep: newestRun(source, 'sweep'),
}
for (const { id, folder } of Object.values(found)) {
  const filter = (path: string): boolean => !/\/(models|best)(\/|$)/.test(path)
  cpSync(folder, join(workspace, 'splitbench-runs', id), { recursive: true, filter })
}
const runs: Studio['runs'] = {
  compare: found.compare.id,
  live: found.live.id,
  profile: found.profile.id,
  sweep: found.sweep.id,
}

const hosts = await openHosts()
const { page, close } = await hosts.open(workspace)
const picture = pictures(page, workspace, values.zoom)
try {
  for (const [name, take] of Object.entries(parts)) {
    if (names.length === 0 || names.includes(name)) await take({ page, picture, runs })
  }
} finally {
  await close()
  await hosts.close()
}
