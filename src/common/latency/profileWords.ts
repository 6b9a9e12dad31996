import type { ModelProfile, PayloadForm, ProfileConfig, RateRange } from '../contract/modelProfile.ts'
import { formatBytes, formatMacs, significant } from '../units.ts'

/** "Profile mobilenet_v2.onnx" */
export const titleOfProfile = ({ model }: Pick<ProfileConfig, 'model'>): string =>
  `Profile ${model.split(/[\\/]/).at(-1)}`

/** "mobilenet_v2.onnx: 301 M MACs, 3.49 M parameters, 14 MB" */
export const describeModel = ({ model }: Pick<ModelProfile, 'model'>): string =>
  `${model.file}: ${formatMacs(model.macs)} MACs, ${formatMacs(model.parameters)} parameters, ${formatBytes(model.bytes)}`

/** "input up to 8.1 Mbit/s, then …": from the slowest link to the fastest. */
export const describeFlips = (ranges: readonly RateRange[]): string =>
  ranges
    .map(({ point, fromMbps, toMbps }, index) => {
      if (index === 0 && toMbps === null) return `${point} at any rate`
      if (index === 0) return `${point} below ${significant(toMbps!)} Mbit/s`
      return toMbps === null ? `${point} above ${significant(fromMbps)}` : `${point} to ${significant(toMbps)}`
    })
    .join(', ')

/** One sentence per form of the payload: the best cut on the chosen link. */
export function summariseProfile(profile: ModelProfile, form: PayloadForm): string {
  const { cuts, link } = profile
  const best = profile.best.find((one) => one.link.name === link.name)?.[form]
  const cut = cuts.find(({ point }) => point === best?.point)
  if (!best || !cut) return 'Nothing was timed.'
  const over = cut.byLink[link.name]![form].endToEnd
  const { device, transmission, server } = over.parts
  return `${best.point}: ${significant(best.composedMs)} ms end to end (device ${significant(device)} + link ${significant(transmission)} + server ${significant(server)})`
}

/** Why the second series is a lower bound and no promise. */
export const uint8Note =
  'One byte per element: what 8-bit codes of the features would send. Rounding is not timed, and what it costs in accuracy is not assessed here (a comparison with your data does).'
