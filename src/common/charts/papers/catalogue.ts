import type { FeatureShifts } from '../../contract/featureShifts.ts'
import type { Comparison } from '../../contract/result.ts'
import { CodedError } from '../../errors.ts'
import type { Drawing, FigureSettings } from './drawing.ts'
import { jankowski2020Figure3 } from './jankowski2020Figure3.ts'
import { jankowski2020Figure4, jankowski2020Figure5 } from './jankowski2020Snr.ts'
import { qcnn2016Table } from './qcnn2016Table.ts'
import { describeSetting } from './records.ts'
import { safbmp2023Figure3 } from './safbmp2023Figure3.ts'
import { safbmp2023Figure8 } from './safbmp2023Figure8.ts'
import { safbmp2023Figure11 } from './safbmp2023Figure11.ts'
import { safbmp2023Figure9, safbmp2023Figure10 } from './safbmp2023Rates.ts'
import { safbmp2023Table2 } from './safbmp2023Table2.ts'
import { shi2019Figure3 } from './shi2019Figure3.ts'
import { shi2019Table1 } from './shi2019Table1.ts'

/** A numbered figure or table of a paper that comparisons can be drawn as. */
export interface PaperFigure {
  /** Whose it is, for a heading. */
  paper: string
  title: string
  /** Which records it is drawn from. */
  needs: string
  /** Throws `bad-data` for comparisons that hold nothing of it. */
  draw(comparisons: readonly Comparison[], settings: FigureSettings): Drawing
}

/** As the records have it. */
export const plainSettings: FigureSettings = { gamma: null }

const seeds = 'one or more seeds of one network'

/** By name. A figure is of one network in one setting and any number of seeds, unless it says otherwise. */
export const paperFigures: Readonly<Record<string, PaperFigure>> = {
  'shi-2019-fig3': {
    paper: 'Shi et al. 2019, Figure 3',
    title: 'Transmission and computation per partition point',
    needs: `comparisons with only-splitting and two-step, ${seeds}`,
    draw: shi2019Figure3,
  },
  'shi-2019-table1': {
    paper: 'Shi et al. 2019, Table 1',
    title: 'Gain end to end on 3G, 4G and WiFi, γ 5',
    needs: `comparisons with only-splitting and two-step, timed here or with γ, ${seeds}`,
    draw: shi2019Table1,
  },
  'jankowski-2020-fig3': {
    paper: 'Jankowski et al. 2020, Figure 3',
    title: 'Channel uses over computation on the device',
    needs: `comparisons with jscc, bottlenet-pp, bottlenet and cloud-only, ${seeds}`,
    draw: jankowski2020Figure3,
  },
  'jankowski-2020-fig4': {
    paper: 'Jankowski et al. 2020, Figure 4',
    title: 'Accuracy over SNR by pruning ratio',
    needs: `comparisons with jscc at several SNRs and ratios (profile lab), ${seeds}`,
    draw: jankowski2020Figure4,
  },
  'jankowski-2020-fig5': {
    paper: 'Jankowski et al. 2020, Figure 5',
    title: 'Accuracy over SNR by bandwidth',
    needs: `comparisons with jscc at several SNRs and widths (profile lab), ${seeds}`,
    draw: jankowski2020Figure5,
  },
  'safbmp-2023-fig8': {
    paper: 'SAFBMP 2023, Figure 8',
    title: 'Communication over computation on the device',
    needs: `comparisons with several frameworks, ${seeds}`,
    draw: safbmp2023Figure8,
  },
  'safbmp-2023-fig9': {
    paper: 'SAFBMP 2023, Figure 9',
    title: 'Latency at low rates',
    needs: `comparisons with several frameworks, timed or with --gamma, ${seeds}`,
    draw: safbmp2023Figure9,
  },
  'safbmp-2023-fig10': {
    paper: 'SAFBMP 2023, Figure 10',
    title: 'Latency of SAFBMP from 1 to 5 Mbit/s',
    needs: 'comparisons with safbmp, timed or with --gamma, any networks and seeds',
    draw: safbmp2023Figure10,
  },
  'safbmp-2023-fig11': {
    paper: 'SAFBMP 2023, Figure 11',
    title: 'Latency per partition point with pruning, coding, both and neither',
    needs: `comparisons with only-splitting and safbmp, timed or with --gamma, ${seeds}`,
    draw: safbmp2023Figure11,
  },
  'safbmp-2023-table2': {
    paper: 'SAFBMP 2023, Table 2',
    title: 'Latency at 1 Mbit/s and accuracy of all frameworks',
    needs: 'comparisons with several frameworks, timed or with --gamma, any networks and seeds',
    draw: safbmp2023Table2,
  },
  'qcnn-2016': {
    paper: 'Q-CNN 2016, table of speed-ups',
    title: 'Speed-up of heads that look products up: measured, and in theory',
    needs: 'one comparison with q-cnn, timed here',
    draw: qcnn2016Table,
  },
}

/** Drawn from what a run's candidates compute, which no record holds. */
export const featureFigure = { paper: 'SAFBMP 2023, Figure 3', title: 'Features before and after pruning' } as const

/** A figure that a run can be drawn as. */
export interface DrawnFigure extends Pick<PaperFigure, 'paper' | 'title'> {
  name: string
  drawing: Drawing
}

/** One figure of a run as its record has it; null where the run holds nothing of it. */
export function drawnFrom(comparison: Comparison, name: string): DrawnFigure | null {
  const { paper, title, draw } = paperFigures[name]!
  const drawing = orNull(() => draw([comparison], plainSettings))
  return drawing && { name, paper, title, drawing }
}

/** The figure of the features of a run's candidates; null where none of its networks was pruned. */
export function drawnFeatures(comparison: Comparison, shifts: FeatureShifts): DrawnFigure | null {
  const drawing = orNull(() => safbmp2023Figure3(shifts, describeSetting([comparison])))
  return drawing && { name: 'safbmp-2023-fig3', ...featureFigure, drawing }
}

function orNull(draw: () => Drawing): Drawing | null {
  try {
    return draw()
  } catch (error) {
    if (error instanceof CodedError && (error.code === 'bad-data' || error.code === 'bad-usage')) return null
    throw error
  }
}
