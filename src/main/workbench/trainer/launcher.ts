import { spawn } from 'node:child_process'
import type { WatchedChannel } from '../../../system/watchedChild.ts'
import { watchChild } from '../../../system/watchedChild.ts'

/** Starts `script` as a process that speaks the trainer's protocol. `environment` is the whole of its environment. */
export type TrainerLauncher = (script: string, environment: NodeJS.ProcessEnv) => WatchedChannel

/** An ordinary child process on this process's Node; where that is Electron's binary, it behaves as Node. */
export const launchChild: TrainerLauncher = (script, environment) => {
  const child = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
  })
  if (process.env.SPLITBENCH_DEBUG) child.stderr.pipe(process.stderr, { end: false })
  return watchChild(child)
}

/** How trainers are started here. The door that has a better way (Electron's utility processes) puts it in place. */
export const trainerLauncher: { now: TrainerLauncher } = { now: launchChild }
