import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of package.json, from the bundle in out/ as from the sources. */
export const appRoot: string = (() => {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
})()

const entries = {
  trainer: ['out/main/trainer.js', 'src/main/trainer/index.ts'],
  tail: ['out/main/tail.js', 'src/main/tail/index.ts'],
  reports: ['out/main/reports.js', 'src/main/workbench/reports/worker.ts'],
  shaper: ['out/main/shaper.js', 'src/main/workbench/devices/link/shaperThread.ts'],
  agent: ['out/agent/agent.mjs', 'src/agent/index.ts'],
} as const

/** Bundles start bundles and sources start sources, so that a stale build is never mixed in. */
export const runsFromBundle: boolean = import.meta.dirname.startsWith(join(appRoot, 'out'))

/** How to start one of our processes: its bundle, or from the sources its source (Node 24 strips the types). */
export function entryOf(name: keyof typeof entries): { command: string; args: string[] } {
  const [built, source] = entries[name]
  return { command: process.execPath, args: [join(appRoot, runsFromBundle ? built : source)] }
}
