import type { CompareForm } from '#common/contract/workbench.ts'
import { frameworkNames } from '#common/experiment/names.ts'
import { defaultFields, toRequest } from '../compare/form.ts'

export const simulatedName = 'simulated-pi-4'
export const simulatedAddress = 'simulated:pi-4'

/** The smallest whole comparison: synthetic images, the toy profile, the simulated board. */
export function guideForm(): CompareForm {
  const request = toRequest({
    ...defaultFields(frameworkNames.filter((name) => name === 'only-splitting' || name === 'two-step')),
    profile: 'toy',
    device: simulatedName,
  })
  if (typeof request === 'string') throw new Error(request)
  return request
}

/** What each chart of a result shows, in the field's words. */
export const chartGuide: readonly { chart: string; says: string }[] = [
  {
    chart: 'Best cut of each framework',
    says: 'One bar per framework: the end-to-end latency of its fastest partition point within the accuracy bound, stacked from head on the device, transmission of the feature map over the link, and tail on the server. The line at the end is the 95 % interval of the total. A bar that is nearly all transmission wants a deeper cut or a smaller payload; one that is nearly all device wants an earlier cut or more pruning.',
  },
  {
    chart: 'Accuracy against latency',
    says: 'One dot per candidate. Up is more accurate, left is faster. The dashed Pareto front joins the candidates that no other one beats in both: only those are worth deploying.',
  },
  {
    chart: 'Candidates',
    says: 'Every framework at every partition point. "input" sends the image and computes all on the server; "output" computes all on the device. The starred row is the baseline that deltas refer to; pin another one with its star. Measured, modelled and computed times say so in their headings and never share a column.',
  },
  {
    chart: 'Layers',
    says: 'On the Layers page: bytes that each cut would send (layer-wise transmission) beside the MACs up to it (cumulative computation). Good cuts lie where the one has fallen and the other has not yet risen. The sliders show what another link or device would make of it.',
  },
]
