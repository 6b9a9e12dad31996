import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { appRoot } from '../entries.ts'

const run = promisify(execFile)

/** Version of this program, with the commit and whether the tree differs from it, where it runs from a checkout. */
export async function appVersion(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as { version: string }
  try {
    const git = async (...args: string[]): Promise<string> =>
      (await run('git', ['-C', appRoot, ...args], { encoding: 'utf8', timeout: 5000 })).stdout.trim()
    const [changes, commit] = await Promise.all([
      git('status', '--porcelain', '--untracked-files=no'),
      git('rev-parse', '--short', 'HEAD'),
    ])
    return `${version}+${commit}${changes !== '' ? '.dirty' : ''}`
  } catch {
    return version
  }
}
