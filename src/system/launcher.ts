const lookEveryMs = 500

/**
 * Tells when the launcher that started this process has died without a word (SIGKILL): nobody would be left to whom a
 * Ctrl-C of this job goes. A process that was started otherwise (nohup, a service) has no launcher and goes on alone.
 */
export function onLauncherDeath(listener: () => void, environment: NodeJS.ProcessEnv = process.env): void {
  const launcher = Number(environment.SPLITBENCH_LAUNCHER)
  // Our own children are not the launcher's.
  delete environment.SPLITBENCH_LAUNCHER
  if (!launcher || launcher !== process.ppid) return
  const timer = setInterval(() => {
    if (process.ppid === launcher) return
    clearInterval(timer)
    listener()
  }, lookEveryMs)
  timer.unref()
}
