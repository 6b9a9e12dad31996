/** What the step of a candidate says of its setting, where a figure or an ordering needs it as numbers. */

export interface JsccSetting {
  /** Channels of the code over those at the point. */
  share: number
  /** Of the channel that it was trained and is judged on, in dB. */
  snr: number
  /** Filters before the cut that stay, over all of them. */
  ratio: number
}

const jsccStep = /^C\/([\d.]+), (-?[\d.]+) dB, ratio ([\d.]+)$/

/** "C/4, 14.5 dB, ratio 0.5"; null for anything else. */
export function jsccSetting(step: string | null): JsccSetting | null {
  const [, parts, snr, ratio] = jsccStep.exec(step ?? '') ?? []
  return parts === undefined ? null : { share: 1 / Number(parts), snr: Number(snr), ratio: Number(ratio) }
}

/** SAFBMP as published, or with parts of it left out: its ablation. */
export const safbmpVariants = ['whole', 'no pruning', 'no coding', 'neither'] as const
export type SafbmpVariant = (typeof safbmpVariants)[number]

/** By the words of the step. */
export const safbmpVariant = (step: string | null): SafbmpVariant =>
  safbmpVariants.find((name) => name !== 'whole' && (step ?? '').split(', ').includes(name)) ?? 'whole'

/** Words of a subspace of Q-CNN, how they were fitted, and what the head is; null for anything else. */
export function qcnnSetting(
  step: string | null,
): { words: number; fit: 'weights' | 'responses'; head: 'dense' | 'lookup' } | null {
  const [, words, fit, head] = /^(\d+) words, (weights|responses) fitted, (dense|lookup)$/.exec(step ?? '') ?? []
  if (words === undefined) return null
  return { words: Number(words), fit: fit as 'weights' | 'responses', head: head as 'dense' | 'lookup' }
}
