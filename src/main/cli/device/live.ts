import type { LiveTurn } from '#common/contract/liveRun.ts'
import { median } from '#common/measurement/statistics.ts'
import type { Wish } from '#common/selection/decide.ts'
import { leftOutWords, worthDeploying } from '#common/selection/deployable.ts'
import type { Placed } from '#common/selection/placed.ts'
import { describePlaced, placing } from '#common/selection/placed.ts'
import { parseObjective } from '#common/selection/quantities.ts'
import { parseQuery } from '#common/selection/query.ts'
import { formatDuration, significant } from '#common/units.ts'
import type { NamedDevice } from '../../workbench/devices/resolveDevice.ts'
import { runLive } from '../../workbench/experiments/live.ts'
import { changingLink } from '../../workbench/links/changing.ts'
import { listLinks } from '../../workbench/links/store.ts'
import { cancelled } from '../cancel.ts'
import { printJson } from '../command.ts'
import type { RunChoice } from './choice.ts'
import { withDevice } from './session.ts'

export interface LiveOptions {
  run: string
  points?: string
  frameworks?: string
  link?: string
  change: string[]
  where?: string
  objective: string
  for: number
  turnS: number
  deviceThreads: number
  allowEmulated?: boolean
  acceptNewHostKey?: boolean
  json?: boolean
}

/** `device run --live`: one line per look at the link on stdout, and one for each re-selection with its reason. */
export async function runLiveOn(
  device: NamedDevice,
  server: NamedDevice,
  { folder, comparison, candidates }: RunChoice,
  options: LiveOptions,
): Promise<void> {
  const shapeAt = changingLink(options.link, options.change, listLinks())
  const { acceptNewHostKey = false, allowEmulated = false, json = false } = options
  const { known } = placing(comparison)
  const wish: Omit<Wish, 'assumptions'> = {
    terms: parseQuery(options.where ?? '', known),
    objective: parseObjective(options.objective),
    radio: comparison.link.name,
  }
  const asked = options.points !== undefined || options.frameworks !== undefined
  const deployed = asked ? candidates : worthDeploying({ ...comparison, candidates }, wish)
  const print = (text: string): void => void (json || process.stdout.write(`${text}\n`))
  const leftOut = leftOutWords(candidates)
  if (leftOut) print(leftOut)
  const { result, file } = await withDevice(device, { acceptNewHostKey }, (one) =>
    withDevice(server, { acceptNewHostKey, role: 'server' }, (other) => {
      print(heading)
      return runLive({
        ...{ folder, comparison, candidates: deployed, wish, allowEmulated, shapeAt },
        ...{ device: one.device, server: other.device },
        goesOn: (seconds) => seconds < options.for,
        ...{ turnS: options.turnS, threads: options.deviceThreads, signal: cancelled },
        onProgress: one.show,
        onTurn: (turn, chosen) => print(turnLines(turn, chosen)),
      })
    }),
  )
  if (json) return printJson({ ...result, file })
  const changes = result.turns.filter(({ reason }) => reason !== null).length - 1
  const images = result.turns.reduce((sum, { messages }) => sum + messages.wholeMs.length, 0)
  process.stdout.write(
    `\n${images} images in ${formatDuration(result.durationS)}, ${result.deployed.length} candidates deployed, ${changes} re-selections.\n` +
      `Times in ms, medians of a turn, ${result.source}; link: what is left of the whole beside head, encoding and server.\n` +
      (result.turns.some(({ link }) => link.atLeast)
        ? '≥: the messages support no more than a lower bound of the rate, which is what was selected under.\n'
        : '') +
      `Stored, with every message: ${file} in ${options.run}.\n`,
  )
}

const widths = [7, 9, 8, 8, 8, 8, 8, 8, 8, 9] as const
const columns = (cells: readonly string[], tail: string): string =>
  `${cells.map((cell, index) => cell.padStart(widths[index]!)).join('')}  ${tail}`
const heading = columns(
  ['at s', 'Mbit/s', 'rtt', 'images', 'head', 'encode', 'link', 'server', 'whole', 'expected'],
  'cut',
)

function turnLines({ atS, link, messages, expectedMs, reason }: LiveTurn, chosen: Placed): string {
  const { wholeMs, headMs, encodeMs, answerMs, serverMs } = messages
  const way = answerMs.map((ms, index) => ms - serverMs[index]!)
  const line = columns(
    [
      atS.toFixed(1),
      `${link.atLeast ? '≥' : ''}${significant(link.rateMbps)}`,
      significant(link.rttMs),
      String(wholeMs.length),
      ...[headMs, encodeMs, way, serverMs, wholeMs].map((series) => significant(median(series))),
      significant(expectedMs),
    ],
    chosen.point,
  )
  return reason === null ? line : `→ ${describePlaced(chosen)}: ${reason}\n${line}`
}
