import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { appRoot } from '../entries.ts'

/** Version of this program, with the commit and whether the tree differs from it, where it runs from a checkout. */
export function appVersion(): string {
  const { version } = JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as { version: string }
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', appRoot, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 5000,
      }).trim()
    const dirty = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${version}+${git('rev-parse', '--short', 'HEAD')}${dirty ? '.dirty' : ''}`
  } catch {
    return version
  }
}
