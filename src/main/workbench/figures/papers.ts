import type { Drawing, FigureSettings } from '#common/charts/papers/drawing.ts'
import { jankowski2020Figure3 } from '#common/charts/papers/jankowski2020Figure3.ts'
import { jankowski2020Figure4, jankowski2020Figure5 } from '#common/charts/papers/jankowski2020Snr.ts'
import { describeSetting } from '#common/charts/papers/records.ts'
import { safbmp2023Figure3 } from '#common/charts/papers/safbmp2023Figure3.ts'
import { safbmp2023Figure8 } from '#common/charts/papers/safbmp2023Figure8.ts'
import { safbmp2023Figure11 } from '#common/charts/papers/safbmp2023Figure11.ts'
import { safbmp2023Figure9, safbmp2023Figure10 } from '#common/charts/papers/safbmp2023Rates.ts'
import { safbmp2023Table2 } from '#common/charts/papers/safbmp2023Table2.ts'
import { shi2019Figure3 } from '#common/charts/papers/shi2019Figure3.ts'
import { shi2019Table1 } from '#common/charts/papers/shi2019Table1.ts'
import type { Comparison } from '#common/contract/result.ts'
import { readComparison } from '../store/storedComparison.ts'
import { featureSetsOf } from './features.ts'
import type { Figure } from './figure.ts'
import { filesOf, plainSettings } from './figure.ts'
import { comparisonsOf, single } from './records.ts'

/** A figure over comparisons: of one network in one setting and any number of seeds, unless it says otherwise. */
const ofComparisons = (
  title: string,
  needs: string,
  draw: (comparisons: readonly Comparison[], settings: FigureSettings) => Drawing,
): Figure => ({
  title,
  needs: `comparisons ${needs}`,
  draw: (records, settings = plainSettings) => filesOf(draw(comparisonsOf(records), settings)),
})

const seeds = 'one or more seeds of one network'

/** Numbered figures and tables that are drawn from comparisons. */
export const comparisonFigures: Readonly<Record<string, Figure>> = {
  'shi-2019-fig3': ofComparisons(
    'Transmission and computation per partition point',
    `with only-splitting and two-step, ${seeds}`,
    shi2019Figure3,
  ),
  'shi-2019-table1': ofComparisons(
    'Gain end to end on 3G, 4G and WiFi, γ 5',
    `with only-splitting and two-step, timed here or with γ, ${seeds}`,
    shi2019Table1,
  ),
  'jankowski-2020-fig3': ofComparisons(
    'Channel uses over computation on the device',
    `with jscc, bottlenet-pp, bottlenet and cloud-only, ${seeds}`,
    jankowski2020Figure3,
  ),
  'jankowski-2020-fig4': ofComparisons(
    'Accuracy over SNR by pruning ratio',
    `with jscc at several SNRs and ratios (profile lab), ${seeds}`,
    jankowski2020Figure4,
  ),
  'jankowski-2020-fig5': ofComparisons(
    'Accuracy over SNR by bandwidth',
    `with jscc at several SNRs and widths (profile lab), ${seeds}`,
    jankowski2020Figure5,
  ),
  'safbmp-2023-fig3': {
    title: 'Features before and after pruning',
    needs: 'the folder of one comparison with only-splitting and two-step or safbmp; its candidates hold the features',
    draw(records) {
      const record = single(records)
      comparisonsOf([record])
      const { comparison, folder } = readComparison(record)
      const { sets, images } = featureSetsOf(comparison, folder)
      return filesOf(safbmp2023Figure3(sets, images, describeSetting([comparison])))
    },
  },
  'safbmp-2023-fig8': ofComparisons(
    'Communication over computation on the device',
    `with several frameworks, ${seeds}`,
    safbmp2023Figure8,
  ),
  'safbmp-2023-fig9': ofComparisons(
    'Latency at low rates',
    `with several frameworks, timed or with --gamma, ${seeds}`,
    safbmp2023Figure9,
  ),
  'safbmp-2023-fig10': ofComparisons(
    'Latency of SAFBMP from 1 to 5 Mbit/s',
    'with safbmp, timed or with --gamma, any networks and seeds',
    safbmp2023Figure10,
  ),
  'safbmp-2023-fig11': ofComparisons(
    'Latency per partition point with pruning, coding, both and neither',
    `with only-splitting and safbmp, timed or with --gamma, ${seeds}`,
    safbmp2023Figure11,
  ),
  'safbmp-2023-table2': ofComparisons(
    'Latency at 1 Mbit/s and accuracy of all frameworks',
    'with several frameworks, timed or with --gamma, any networks and seeds',
    safbmp2023Table2,
  ),
}
