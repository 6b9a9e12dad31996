// Runs a command line on the project's Node, with the environment that every process of Splitbench gets.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { projectNode, root } from './paths.mjs'
import { toolEnvironment } from './test-tools/tool-paths.mjs'

const repeatWithinMs = 1_000

/** @returns {NodeJS.ProcessEnv} */
export function environment() {
  const node = projectNode() ?? process.execPath
  const { INIT_CWD: _, ...inherited } = process.env // true for this command only, not for those that it starts
  return {
    TF_CPP_MIN_LOG_LEVEL: '2', // TensorFlow's start-up chatter on stderr
    ...inherited,
    ...toolEnvironment(),
    SPLITBENCH_NODE: node, // what Electron starts our other processes with
    ORT_DISABLE_TELEMETRY: '1', // must be there before onnxruntime-node is loaded
    PATH: [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  }
}

/**
 * @param {string[]} line script and arguments
 * @param {{ folder?: string }} [options] `folder`: the working folder, the repository's root unless given
 * @returns {Promise<number>} the exit code; 128 + n where a signal ended it
 */
export function launch(line, { folder = root } = {}) {
  const node = projectNode() ?? process.execPath
  // tfjs-node's dependencies use deprecated parts of Node; a user can do nothing about that.
  const child = spawn(node, ['--disable-warning=DEP0040', '--disable-warning=DEP0044', ...line], {
    stdio: 'inherit',
    // So that it notices when this launcher alone is killed: signals could no longer reach it.
    env: { ...environment(), SPLITBENCH_LAUNCHER: String(process.pid) },
    cwd: folder,
  })
  const stop = forwardSignals(child)
  return new Promise((done) => {
    child.on('error', (error) => {
      stop()
      process.stderr.write(`splitbench: ${node} could not be started: ${error.message}\n`)
      done(1)
    })
    child.on('close', (code, signal) => {
      stop()
      done(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}

/** The folder that relative paths on the command line mean: npm changes to the root, and keeps the caller's in INIT_CWD. */
export function callersFolder() {
  const throughNpm = process.argv[1] === join(root, 'scripts', 'setup', 'run.mjs')
  return (throughNpm && process.env.INIT_CWD) || process.cwd()
}

/**
 * The child gets each signal once. A terminal sends Ctrl-C to the child as well, and npm repeats it, so it is passed on
 * only where no terminal did, or when it comes again.
 * @param {import('node:child_process').ChildProcess} child
 */
function forwardSignals(child) {
  /** @type {Map<NodeJS.Signals, number>} */
  const last = new Map()
  const handlers = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP']).map((signal) => {
    const handler = () => {
      const now = Date.now()
      const before = last.get(signal)
      last.set(signal, now)
      if (before !== undefined && now - before < repeatWithinMs) return
      if (signal === 'SIGINT' && before === undefined && terminalSentIt()) return
      child.kill(signal)
    }
    process.on(signal, handler)
    return { signal, handler }
  })
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler)
  }
}

/** Whether this process is in its terminal's foreground group, where Ctrl-C reaches every member. */
function terminalSentIt() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const [, , group, , terminal, foreground] = fields
    return terminal !== '0' && group === foreground
  } catch {
    return process.stdin.isTTY === true
  }
}
