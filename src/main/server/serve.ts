import { join, resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { errorCodes, toErrorShape } from '#common/errors.ts'
import { onLauncherDeath } from '../../system/launcher.ts'
import { runsFolderOf } from '../workbench/desktop/lock.ts'
import { Workbench } from '../workbench/desktop/workbench.ts'
import { appRoot } from '../workbench/entries.ts'
import { Site } from '../workbench/site/site.ts'
import { noteWorkspace } from '../workbench/store/recentWorkspaces.ts'
import { isLoopback } from './callers.ts'
import { startWebHost } from './host.ts'
import { openBrowser } from './openBrowser.ts'

/** Door 2: the local web host. stdout holds addresses to open, one per line; everything else goes to stderr. */
const program = new Command('splitbench-web')
  .description('Serves the workbench to a browser on this computer.')
  .option('--workspace <folder>', 'folder of the workspace', '.')
  .option(
    '--host <address>',
    'address of the interface to listen on; others than loopback are reachable by others',
    '127.0.0.1',
  )
  .option('--port <n>', 'port; 0 takes a free one', port, 0)
  .option('--no-open', 'print the address only')
  .exitOverride()

interface Options {
  workspace: string
  host: string
  port: number
  open: boolean
}

try {
  await serve(program.parse().opts<Options>())
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : errorCodes['bad-usage']
  else {
    const { code, message, hint } = toErrorShape(error)
    say(`splitbench: ${message}${hint ? `\n  → ${hint}` : ''}`)
    process.exitCode = errorCodes[code]
  }
}

async function serve({ workspace, host, port: wanted, open }: Options): Promise<void> {
  const workbench = new Workbench(resolve(workspace), 'web')
  const site = new Site(join(appRoot, 'out', 'renderer'), runsFolderOf(workbench.workspace))
  let first = true
  const web = await startWebHost({
    address: host,
    port: wanted,
    site,
    workbench,
    onAddress(url) {
      if (!first) say('That address is used up. For another browser:')
      process.stdout.write(`${url}\n`)
      if (first && open) openBrowser(url, say)
      first = false
    },
  })
  void noteWorkspace(workbench.workspace)
  if (!isLoopback(host))
    say(`Reachable from other computers on ${host}, unencrypted: use it in a network that you trust.`)
  say(`Workspace: ${workbench.workspace}. Ctrl-C ends it.`)
  let ending = false
  const end = (): void => {
    if (ending) process.exit(errorCodes.cancelled)
    ending = true
    const { live } = workbench
    if (live.length > 0)
      say(
        `Stopping ${live.length} job${live.length > 1 ? 's' : ''}; what is done is kept … (once more to stop at once)`,
      )
    void workbench.close().finally(() => {
      web.close()
      process.exit(0)
    })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  onLauncherDeath(end)
}

function port(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('It must be 0 to 65535.')
  return value
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
