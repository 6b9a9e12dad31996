import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, lastLine, packageFolder, runProgram, versionIn } from '../probe.ts'
import type { ComponentReport } from '../report.ts'

/** Electron's npm package brings no binary: it is downloaded on first use. */
export async function electron(): Promise<ComponentReport> {
  const lack = {
    name: 'Electron',
    without: 'the desktop window cannot be opened; command line and reports work',
    toGet: '`npx install-electron` where github.com can be reached',
  }
  const { electron: running } = process.versions
  if (running) return { ...lack, status: 'ok', version: running, origin: process.execPath }
  const folder = packageFolder('electron')
  if (folder === undefined) return { ...lack, status: 'missing', detail: 'the npm package is not installed' }
  const version: string = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
  const pathFile = join(folder, 'path.txt')
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist')
  const binary = join(dist, existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron')
  if (!existsSync(binary)) return { ...lack, status: 'missing', version, detail: 'its binary has not been downloaded' }
  return { ...lack, status: 'ok', version, origin: binary }
}

/** A Chromium, for the tests that look at reports; any browser opens them. */
export async function browser(): Promise<ComponentReport> {
  const lack = {
    name: 'browser (Chromium)',
    without: 'the tests that look at the report in a real browser are skipped',
    toGet: 'apt-get install chromium (as root), or `npm test`, which tries to unpack it into the user cache',
  }
  const chosen = process.env.SPLITBENCH_CHROMIUM
  const path = chosen ?? findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
  if (path === undefined) return { ...lack, status: 'missing' }
  const outcome = await runProgram(path, ['--version'])
  if (outcome.code !== 0) return { ...lack, status: 'broken', origin: path, detail: lastLine(outcome) }
  return { ...lack, status: 'ok', version: versionIn(outcome.stdout), origin: path }
}
