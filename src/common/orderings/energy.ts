import { defaultBoardPower, modelledMj, radioMj, radioPower } from '../latency/energy.ts'
import { parseLink } from '../latency/links.ts'
import { mean } from '../measurement/statistics.ts'
import { significant } from '../units.ts'
import type { Judged, Ordering } from './ordering.ts'
import { judged } from './ordering.ts'

const powerOf = ({ candidate: { energy } }: Judged): number => energy?.activeW ?? defaultBoardPower.activeW

/**
 * Energy of the device for one image over a link whose radio is known, in mJ: computing as the record has it, else the
 * power of a Raspberry Pi 3B times the device's time, and the radio while it sends (frameworks.md §4.5).
 */
function energyMj({ candidate: { energy, deviceMs, payloadBytes, headerBytes } }: Judged, link: string): number {
  const computing = energy ?? modelledMj(deviceMs!.median)
  return computing.perRunMj + radioMj(payloadBytes + headerBytes, parseLink(link))!
}

export const energyOrderings: readonly Ordering[] = [
  {
    framework: 'bottlenet',
    section: '8.7',
    needs: ['bottlenet', 'cloud-only'],
    claim: 'BottleNet gains more energy of the device than latency, over sending the image: mean over 3G, 4G and WiFi',
    published: '6.9 and 5.1 times (ISLPED), 40 and 30 times (first version) [R]',
    observe(comparison) {
      const gains = Object.keys(radioPower).flatMap((link) => {
        // The time of an emulated board times a power is no energy.
        const [own, image] = ['bottlenet', 'cloud-only'].map((name) =>
          judged(comparison, name, { link }).find(({ candidate }) => candidate.deviceMs?.source !== 'emulated'),
        )
        if (!own || !image) return []
        return [{ link, own, energy: energyMj(image, link) / energyMj(own, link), latency: image.ms / own.ms }]
      })
      const [first] = gains
      if (!first) return null
      const [energy, latency] = [mean(gains.map((one) => one.energy)), mean(gains.map((one) => one.latency))]
      const each = gains.map((one) => `${one.link} ${significant(one.energy)} and ${significant(one.latency)}`)
      const source =
        first.own.candidate.energy?.source === 'measured'
          ? 'computing measured, sending modelled'
          : `modelled: ${significant(powerOf(first.own))} W while it computes, and the radio while it sends`
      return {
        holds: energy > latency,
        observed: `${significant(energy)} and ${significant(latency)} times (${each.join(', ')}); ${source}`,
      }
    },
  },
]
