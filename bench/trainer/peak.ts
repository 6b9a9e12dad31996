import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { caseNamed } from './networks.ts'
import type { Row } from './rows.ts'
import { startTorch } from './torch.ts'

const run = promisify(execFile)
const steps = 6
const batch = 128

/** Largest resident set, in MB, of our training process and PyTorch's; libraries and weights included. */
export async function peakRow(threads: number): Promise<Row> {
  const { network } = caseNamed('vgg16-w1.0')
  const { stdout } = await run(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'peakOfOurs.ts'),
    String(threads),
    String(steps),
    String(batch),
  ])
  const ours = Number(stdout) / 1e6
  const theirs: number[] = []
  for (const layout of ['default', 'channels_last'] as const) {
    const torch = await startTorch(threads)
    if (!torch) break
    await torch.load(layout, network, batch, layout)
    await torch.time('train', layout, steps)
    theirs.push((await torch.peakBytes()) / 1e6)
    await torch.close()
  }
  const [plain, last] = theirs
  return {
    name: 'peak resident set, VGG16 w 1.0, batch 128',
    unit: 'MB',
    median: ours,
    spread: null,
    ratioDefault: plain === undefined ? null : ours / plain,
    ratioBest: plain === undefined || last === undefined ? null : ours / Math.min(plain, last),
    ...(plain === undefined ? {} : { torchDefaultMB: plain, torchChannelsLastMB: last }),
    limit: 1.3,
  }
}
