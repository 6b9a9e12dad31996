// `npm test`: lint, import rules, types, build, then every vitest project; ends with one table and, as its last line,
// `N passed, N failed, N skipped`. `--unit` runs the pure unit tests only; any other argument is a vitest filter.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '../setup/commands.mjs'
import { launch } from '../setup/launch.mjs'
import { root } from '../setup/paths.mjs'
import { setUp } from '../setup/set-up.mjs'
import { provideTestTools } from '../setup/test-tools.mjs'
import { suitesOf } from './results.mjs'
import { formatSummary } from './summary.mjs'

/** @typedef {import('./results.mjs').Suite} Suite */

const args = process.argv.slice(2)
const unitOnly = args.includes('--unit')
/** Slow suites of their own (`npm run test:faults`), which `npm test` leaves out. */
const suite = args.find((argument) => argument.startsWith('--suite='))?.slice('--suite='.length)
const filters = args.filter((argument) => argument !== '--unit' && !argument.startsWith('--suite='))
const everything = !unitOnly && suite === undefined && filters.length === 0
const projects = unitOnly ? ['unit'] : suite === undefined ? ['unit', 'integration', 'hardware'] : [suite]
const required = new Set((process.env.SPLITBENCH_REQUIRE ?? '').split(',').map((part) => part.trim()))

const interrupted = (/** @type {number} */ code) => code >= 128

/**
 * A check that is one pass or one failure.
 * @param {string} name
 * @param {() => Promise<number>} check
 * @returns {Promise<Suite>}
 */
async function checked(name, check) {
  process.stdout.write(`\n# ${name}\n`)
  const started = Date.now()
  const code = await check()
  if (interrupted(code)) process.exit(code)
  const failed = code === 0 ? 0 : 1
  return {
    name,
    passed: 1 - failed,
    failed,
    skipped: 0,
    seconds: (Date.now() - started) / 1000,
    skips: [],
    failures: [],
  }
}

/** The command lines of an npm script, until one fails. */
async function script(/** @type {string} */ name) {
  let worst = 0
  for (const line of await commands[name].run([])) {
    const code = await launch(line)
    if (interrupted(code)) return code
    worst = Math.max(worst, code)
  }
  return worst
}

async function build() {
  try {
    await setUp(commands.build)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}

/** @returns {Promise<Suite[]>} */
async function vitest() {
  process.stdout.write('\n# tests\n')
  const output = join(root, 'test-results', 'vitest.json')
  mkdirSync(join(root, 'test-results'), { recursive: true })
  rmSync(output, { force: true })
  const code = await launch([
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${output}`,
    '--passWithNoTests',
    ...projects.map((name) => `--project=${name}`),
    ...filters,
  ])
  if (interrupted(code)) process.exit(code)
  return suitesOf(output, code)
}

/** @type {Suite[]} */
const suites = []
if (everything || suite !== undefined) Object.assign(process.env, await provideTestTools(required, suite))
if (everything) {
  suites.push(await checked('lint and import rules', () => script('lint')))
  suites.push(await checked('types', () => script('typecheck')))
}
if (!unitOnly) suites.push(await checked('build', build))
suites.push(...(await vitest()))

process.stdout.write(`\n${formatSummary(suites)}\n`)
process.exitCode = suites.some(({ failed }) => failed > 0) ? 1 : 0
