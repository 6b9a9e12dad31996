/**
 * 50 MB over SSH to the virtual Pi: our SFTP push beside `scp`, in turns, each to the same sshd over the same loopback.
 * Medians in seconds; `ratioDefault` is our time over scp's of the same turn: 1.25 is 80 % of its rate.
 *
 *   node bench/upload.ts [--json] [--turns 5]
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { median, standardDeviation } from '#common/measurement/statistics.ts'
import { sshPlaces } from '../src/main/workbench/devices/ssh/places.ts'
import { openSshSession } from '../src/main/workbench/devices/ssh/session.ts'
import { startVirtualPi } from '../test/hardware/virtualPi/virtualPi.ts'

export interface BenchRow {
  name: string
  median: number
  spread: number
  ratioDefault: number | null
  ratioBest: number | null
}

const megabytes = 50
const run = promisify(execFile)
const signal = new AbortController().signal

/** No rows, and the reason on stderr, where there is no virtual Pi or no scp. */
export async function uploadRows({ turns = 5 }: { turns?: number } = {}): Promise<BenchRow[]> {
  if (!process.env.SPLITBENCH_VIRTUAL_PI) {
    console.error('No upload rows: there is no virtual Pi (npm test makes it).')
    return []
  }
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-upload-'))
  const pi = await startVirtualPi()
  try {
    const local = join(folder, 'local')
    await writeFile(local, randomBytes(megabytes * 1e6))
    const config = join(folder, 'config')
    await writeFile(
      config,
      `Host pi\n  HostName 127.0.0.1\n  Port ${pi.port}\n  User pi\n  IdentityFile ${pi.keyFile}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${folder}/known\n`,
    )
    await writeFile(join(folder, 'known'), `[127.0.0.1]:${pi.port} ${pi.hostKey()}\n`)
    const places = { ...sshPlaces(), configs: [config], trustStore: join(folder, 'trusted'), agent: undefined }
    const session = await openSshSession('pi', { ask: async () => undefined, signal, places })
    const contestants: Record<string, () => Promise<unknown>> = {
      splitbench: () => session.upload(local, 'ours', { offset: 0, onProgress: () => {}, signal }),
      scp: () => run('scp', ['-q', '-F', config, local, 'pi:scp']),
    }
    const times: Record<string, number[]> = { splitbench: [], scp: [] }
    for (let turn = 0; turn <= turns; turn++) {
      // Each is first in every other turn.
      for (const name of turn % 2 === 0 ? ['splitbench', 'scp'] : ['scp', 'splitbench']) {
        const start = performance.now()
        await contestants[name]!()
        // The first turn warms up.
        if (turn > 0) times[name]!.push((performance.now() - start) / 1000)
      }
    }
    const sums = await session.exec('sha256sum ours scp | cut -d" " -f1 | uniq | wc -l')
    if (sums.stdout.trim() !== '1') throw new Error('The two copies differ.')
    await session.close()
    const ratio = median(times.splitbench!.map((time, turn) => time / times.scp![turn]!))
    return Object.entries(times).map(([name, samples]) => ({
      name: `${megabytes} MB over SSH, ${name} (s)`,
      median: median(samples),
      spread: standardDeviation(samples),
      ratioDefault: name === 'splitbench' ? ratio : 1,
      ratioBest: name === 'splitbench' ? ratio : 1,
    }))
  } finally {
    await pi.stop()
    await rm(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, turns: { type: 'string', default: '5' } },
  })
  const rows = await uploadRows({ turns: Number(values.turns) })
  if (values.json) console.log(JSON.stringify({ rows }))
  else console.table(rows)
}
