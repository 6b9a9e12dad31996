import { rmSync } from 'node:fs'
import type { Page } from 'playwright'
import { afterAll, beforeAll } from 'vitest'
import { describeHost } from './describe.ts'
import type { Hosts, OpenWorkbench } from './host.ts'
import { openHosts } from './host.ts'
import { newWorkspace } from './workspace.ts'

/** What the tests of a window work with; filled before the first of them. */
export interface Bench {
  hosts: Hosts
  workbench: OpenWorkbench
  page: Page
  workspace: string
}

export interface Preparation {
  /** Fills the workspace before the window opens. */
  prepare?(workspace: string): Promise<unknown> | unknown
  /** What the desktop process has in its environment beside this process'. */
  environment?(workspace: string): NodeJS.ProcessEnv
}

/** Tests on a window of their own with a workspace of their own, on the chosen host; skipped with the reason without one. */
export function describeWindow(
  name: string,
  { prepare, environment }: Preparation,
  body: (bench: Bench) => void,
): void {
  describeHost(name, () => {
    const bench = {} as Bench
    beforeAll(async () => {
      bench.workspace = newWorkspace()
      await prepare?.(bench.workspace)
      bench.hosts = await openHosts()
      bench.workbench = await bench.hosts.open(bench.workspace, environment?.(bench.workspace))
      bench.page = bench.workbench.page
    })
    afterAll(async () => {
      await bench.workbench?.close()
      await bench.hosts?.close()
      rmSync(bench.workspace, { recursive: true, force: true })
    })
    body(bench)
  })
}
