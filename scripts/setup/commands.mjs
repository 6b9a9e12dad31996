// What each npm script needs and runs.
import { join } from 'node:path'
import { note } from './console.mjs'
import { root } from './paths.mjs'
import { startLines } from './start.mjs'
import { provideTestPython } from './test-tools/python.mjs'

/**
 * @typedef {object} Command
 * @property {boolean} tensorflow whether TensorFlow must have been set up (or found impossible)
 * @property {boolean} build whether out/ must be up to date
 * @property {boolean} [retry] whether what an earlier set-up did not get is tried again
 * @property {boolean} [quiet] whether the command itself ends in the doctor's table, so that set-up need not print it
 * @property {boolean} [forUser] whether it runs in the caller's folder instead of the repository's root
 * @property {(args: string[]) => string[][] | Promise<string[][]>} run command lines for the project's Node, one after the other
 */

const cli = join(root, 'out', 'main', 'cli.js')
/** @param {string[]} path */
const modules = (...path) => join(root, 'node_modules', ...path)
const biome = modules('@biomejs', 'biome', 'bin', 'biome')
const testRunner = join(root, 'scripts', 'test', 'run.mjs')
const bareTools = { tensorflow: false, build: false }

/**
 * The trainer against PyTorch, which the bench itself fetches where it is not there.
 * @param {string} name
 * @returns {Command}
 */
const trainerBench = (name) => ({
  tensorflow: true,
  build: false,
  run: (args) => [[join(root, 'bench', `${name}.ts`), ...args]],
})

/** @type {Record<string, Command>} */
export const commands = {
  start: { tensorflow: true, build: true, forUser: true, run: startLines },
  splitbench: { tensorflow: true, build: true, forUser: true, run: (args) => [[cli, ...args]] },
  compare: { tensorflow: true, build: true, forUser: true, run: (args) => [[cli, 'compare', ...args]] },
  pretrain: { tensorflow: true, build: true, forUser: true, run: (args) => [[cli, 'pretrain', ...args]] },
  doctor: {
    tensorflow: true,
    build: false,
    retry: true,
    quiet: true,
    run: (args) => [[join(root, 'scripts', 'setup', 'print-doctor.ts'), ...args]],
  },
  test: { tensorflow: true, build: false, run: (args) => [[testRunner, ...args]] },
  'test:hardware': { tensorflow: true, build: false, run: (args) => [[testRunner, '--suite=hardware', ...args]] },
  'test:raspi3b': { tensorflow: false, build: false, run: (args) => [[testRunner, '--suite=raspi3b', ...args]] },
  'demo:raspi3b': {
    tensorflow: false,
    build: true,
    run: (args) => [[join(root, 'scripts', 'raspi3b', 'demo.ts'), ...args]],
  },
  'test:soak': { tensorflow: false, build: false, run: (args) => [[testRunner, '--suite=soak', ...args]] },
  'test:fuzz': { tensorflow: false, build: false, run: (args) => [[testRunner, '--suite=fuzz', ...args]] },
  'test:exporters': { tensorflow: false, build: false, run: (args) => [[testRunner, '--suite=exporters', ...args]] },
  'test:faults': { tensorflow: true, build: false, run: (args) => [[testRunner, '--suite=faults', ...args]] },
  'test:e2e': { tensorflow: true, build: true, run: (args) => [[testRunner, '--suite=e2e', ...args]] },
  'test:electron': {
    tensorflow: true,
    build: true,
    run: (args) => [[join(root, 'scripts', 'test', 'electron.mjs'), ...args]],
  },
  'bench:device': {
    tensorflow: false,
    build: true,
    run: async (args) => {
      const reason = await provideTestPython()
      if (reason !== undefined) note(`no Python to compare with: ${reason}`)
      return [[join(root, 'bench', 'device.ts'), ...args]]
    },
  },
  ...Object.fromEntries(
    ['train', 'eval', 'prune', 'memory', 'trainers'].map((name) => [`bench:${name}`, trainerBench(name)]),
  ),
  'bench:pruned': {
    tensorflow: false,
    build: true,
    run: (args) => [[join(root, 'bench', 'pruned.ts'), ...args]],
  },
  'bench:int8': {
    tensorflow: true,
    build: true,
    run: (args) => [[join(root, 'bench', 'int8.ts'), ...args]],
  },
  'bench:ui': { tensorflow: false, build: true, run: (args) => [[join(root, 'bench', 'ui', 'index.ts'), ...args]] },
  'test:unit': { tensorflow: false, build: false, run: (args) => [[testRunner, '--unit', ...args]] },
  lint: {
    ...bareTools,
    run: () => [
      [biome, 'ci', '--colors=off', '.'],
      [modules('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'src'],
    ],
  },
  typecheck: { ...bareTools, run: () => [[join(root, 'scripts', 'test', 'typecheck.mjs')]] },
  build: { tensorflow: false, build: true, run: () => [] },
  'docs:results': { ...bareTools, run: (args) => [[join(root, 'scripts', 'docs', 'results.ts'), ...args]] },
  package: { tensorflow: true, build: true, run: (args) => [[join(root, 'scripts', 'package', 'index.ts'), ...args]] },
  format: { ...bareTools, run: (args) => [[biome, 'check', '--write', ...(args.length > 0 ? args : ['.'])]] },
}
