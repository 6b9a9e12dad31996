import { join } from 'node:path'
import type { Side } from '#common/contract/inference.ts'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { formatBytes } from '#common/units.ts'
import type { Device } from '../devices/device.ts'

/** Brings one side of every candidate, with its check data, to a device; returns the hash of every path. */
export function pushSide(
  device: Device,
  candidates: readonly Pick<UntimedCandidate, 'files'>[],
  folder: string,
  side: Side,
  signal: AbortSignal,
  say: (detail: string) => void,
): Promise<Map<string, string>> {
  const paths = new Set(candidates.flatMap(({ files }) => [join(folder, files[side]), join(folder, files.check)]))
  return device.pushFiles(
    [...paths],
    ({ done, total, bytesPerSecond }) =>
      say(
        `sending to ${device.info.name}: ${formatBytes(done)} of ${formatBytes(total)}${bytesPerSecond ? ` at ${formatBytes(bytesPerSecond)}/s` : ''}`,
      ),
    signal,
  )
}
