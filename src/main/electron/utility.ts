import { utilityProcess } from 'electron'
import { ownBytes } from '../../system/parentChannel.ts'
import type { ExitInfo } from '../../system/watchedChild.ts'
import type { TrainerLauncher } from '../workbench/trainer/launcher.ts'

/** A process that was told that nobody wants its result is killed if it has not ended by then. */
const graceMs = 1000
const stderrBytes = 4096

/** On POSIX the exit code of a utility process that a signal ended is the signal's number; our own codes are 0 and 1. */
const signals: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
}

/** The trainer as a utility process: Electron's own kind of child, which ends with the app whatever happens to it. */
export const launchUtility: TrainerLauncher = (script, environment) => {
  // With ELECTRON_RUN_AS_NODE the binary would take Chromium's arguments for Node's.
  const { ELECTRON_RUN_AS_NODE: _, ...env } = environment
  const child = utilityProcess.fork(script, [], {
    serviceName: 'Splitbench trainer',
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let tail = Buffer.alloc(0)
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-stderrBytes)
    if (process.env.SPLITBENCH_DEBUG) process.stderr.write(chunk)
  })
  let exit: ExitInfo | null = null
  const closeListeners = new Set<() => void>()
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      const signal = process.platform === 'win32' ? null : (signals[code] ?? null)
      exit = { code: signal ? null : code, signal }
      for (const listener of closeListeners) listener()
      closeListeners.clear()
      resolve()
    })
  })
  /** `kill()` asks (SIGTERM), and a process that computes cannot answer. Without a pid it is not there yet, or any more. */
  const kill = (): void => {
    if (exit) return
    if (child.pid === undefined) child.once('spawn', kill)
    else process.kill(child.pid, 'SIGKILL')
  }
  return {
    onBytes(listener) {
      child.on('message', (message: unknown) => {
        if (message instanceof Uint8Array) listener(message)
      })
    },
    onClose(listener) {
      if (exit) listener()
      else closeListeners.add(listener)
    },
    async send(bytes) {
      if (exit) throw new Error('The channel is closed.')
      child.postMessage(ownBytes(bytes))
    },
    stderrTail: () => tail.toString('utf8'),
    exit: () => exit,
    async close() {
      if (exit) return
      child.postMessage(null)
      const timer = setTimeout(kill, graceMs)
      await gone
      clearTimeout(timer)
    },
    kill,
  }
}
