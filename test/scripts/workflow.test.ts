import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/setup/paths.mjs'

const workflow = readFileSync(join(root, '.github', 'workflows', 'ci.yml'), 'utf8')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

it('CI runs commands that there are, on all three systems', () => {
  const called = [...workflow.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name!).filter((n) => n !== 'cache')
  expect(called).toEqual(expect.arrayContaining(['test', 'compare', 'doctor', 'package']))
  for (const name of called) expect(Object.keys(scripts)).toContain(name)
  expect(workflow).toContain('bash .ci/run')
  expect(existsSync(join(root, '.ci', 'run'))).toBe(true)
  for (const job of ['test', 'window', 'package']) {
    const lines = workflow.slice(workflow.indexOf(`\n  ${job}:\n`)).split(/\n {2}\w+:\n/)[1]!
    for (const system of ['ubuntu', 'windows', 'macos']) expect(lines, `${job} on ${system}`).toContain(system)
  }
})

it('CI runs the commands of the README as they stand there', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  for (const command of ['npm run compare', 'npm test']) {
    expect(readme).toContain(command)
    expect(workflow).toContain(command)
  }
})
