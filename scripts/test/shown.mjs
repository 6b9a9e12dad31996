import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from '../setup/paths.mjs'

/**
 * Runs a program with this terminal, from the repository's root.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} the exit code; 128 + n where a signal ended it
 */
export function runShown(program, args, env) {
  const child = spawn(program, args, { stdio: 'inherit', cwd: root, env })
  return new Promise((done) => {
    child.on('error', () => done(1))
    child.on('close', (code, signal) => done(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
