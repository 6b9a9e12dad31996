import type { CompareConfig, Link } from '#common/contract/config.ts'
import type { Energy } from '#common/contract/energy.ts'
import type { Candidate, EndToEnd, Time, UntimedCandidate } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { composeEndToEnd, modelledDeviceTime } from '#common/latency/compose.ts'
import { comparedLinks } from '#common/latency/links.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import type { Rounds } from '#common/measurement/verdicts.ts'

/** What was found beside the times: latencies measured as a whole over the chosen link, and energies. By candidate. */
export interface Extras {
  measuredMs?: ReadonlyMap<string, number>
  energy?: ReadonlyMap<string, Energy>
}

/** What was timed of one candidate, per image. Null: it was not, and everything that needs it stays empty. */
export interface CandidateTimes {
  /** Head and byte encoding: on the device, or on the server's machine where γ models the device. */
  device: Time | null
  /** Byte decoding and tail, on the server. */
  server: Time | null
  /** Medians of the rounds in which the candidates took turns, in ms: for verdicts about two of them. */
  rounds?: Rounds
}

/**
 * Adds times to candidates: transmission over every link of a comparison (3g, 4g, wifi, 1mbps and the chosen one) and
 * the end-to-end latency composed from the parts. With γ, the device's times are the server machine's times γ, marked
 * modelled. Pure.
 *
 * Throws `protocol-violated` where two kinds of time come in for one side (one column holds one kind), and where γ would
 * model what is modelled already: the times of a simulated device.
 */
export function composeComparison(
  candidates: readonly UntimedCandidate[],
  times: ReadonlyMap<string, CandidateTimes>,
  { link: chosen, gamma }: Pick<CompareConfig, 'link' | 'gamma'>,
  { measuredMs, energy }: Extras = {},
): Candidate[] {
  refuseMixture(
    'device',
    [...times.values()].map(({ device }) => device),
    gamma,
  )
  refuseMixture(
    'server',
    [...times.values()].map(({ server }) => server),
    gamma,
  )
  const links = comparedLinks(chosen)
  return candidates.map((candidate) => {
    const { device = null, server = null } = times.get(candidate.id) ?? {}
    const deviceMs = device && gamma !== null ? modelledDeviceTime(device, gamma) : device
    const whole = { measuredMs: measuredMs?.get(candidate.id) ?? null }
    const over = (link: Link): { transmissionMs: number; endToEnd: EndToEnd | null } => {
      const transmission = transmissionMs(candidate.payloadBytes + candidate.headerBytes, link)
      return {
        transmissionMs: transmission,
        endToEnd:
          deviceMs && server
            ? { ...composeEndToEnd(deviceMs, transmission, server), ...(link.name === chosen.name ? whole : {}) }
            : null,
      }
    }
    return {
      ...candidate,
      verdicts: null,
      deviceMs,
      serverMs: server,
      energy: energy?.get(candidate.id) ?? null,
      ...over(chosen),
      byLink: Object.fromEntries(links.map((link) => [link.name, over(link)])),
    }
  })
}

function refuseMixture(side: string, times: readonly (Time | null)[], gamma: number | null): void {
  const sources = new Set(times.flatMap((time) => (time ? [time.source] : [])))
  if ((gamma !== null && sources.has('modelled')) || sources.size > 1) {
    throw new CodedError(
      'protocol-violated',
      `The ${side} times are ${[...sources].join(' and ')}: one column holds one kind of time, and γ is applied once.`,
    )
  }
}
