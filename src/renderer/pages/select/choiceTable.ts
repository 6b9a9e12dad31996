import type { Placed } from '#common/selection/placed.ts'
import type { Objective, QuantityName } from '#common/selection/quantities.ts'
import { quantities } from '#common/selection/quantities.ts'
import type { Selection } from '#common/selection/select.ts'
import { alike } from '#common/selection/select.ts'
import { formatMsInterval } from '#common/units.ts'
import type { Column } from '../../components/column.ts'

/** The allowed candidates beside the chosen one, by what they are judged by. */
export function choiceColumns(selection: Selection<Placed>, objective: Objective, energies: boolean): Column<Placed>[] {
  const same = new Set(alike(selection, objective))
  const { chosen } = selection
  const quantity = (name: QuantityName, title: string, exported: string): Column<Placed> => ({
    key: name,
    title,
    exported,
    align: 'right',
    value: ({ values }) => values[name],
    text: ({ values }) => (values[name] === null ? '–' : quantities[name].format(values[name])),
  })
  return [
    {
      key: 'point',
      title: 'Cut at',
      exported: 'partition_point',
      align: 'left',
      value: ({ point }) => point,
      text: ({ point }) => point,
    },
    {
      key: 'series',
      title: 'Framework',
      exported: 'series',
      align: 'left',
      value: ({ label }) => label,
      text: ({ label }) => label,
    },
    {
      ...quantity('latency', 'End to end (composed)', 'end_to_end_composed_ms'),
      note: ({ endToEnd }) => (endToEnd ? formatMsInterval(endToEnd.ci95) : null),
    },
    {
      key: 'behind',
      title: `Behind (${quantities[objective].title})`,
      exported: `behind_chosen_${objective}`,
      align: 'right',
      hint: 'How much worse than the chosen one in what is to be best',
      value: (one) => behind(one, chosen, objective),
      text: (one) => {
        if (one === chosen) return 'chosen'
        const difference = behind(one, chosen, objective)
        return difference === null ? '–' : quantities[objective].formatDifference(difference)
      },
      note: (one) => (same.has(one) ? 'not told apart' : null),
    },
    quantity('accuracy', 'Accuracy (validation)', 'validation_accuracy_fraction'),
    quantity('payload', 'Payload', 'payload_bytes'),
    quantity('macs', 'Head MACs', 'head_macs'),
    ...(energies ? [quantity('energy', 'Energy', 'energy_mj')] : []),
  ]
}

function behind(one: Placed, chosen: Placed | null, objective: Objective): number | null {
  const [own, best] = [one.values[objective], chosen?.values[objective] ?? null]
  return own === null || best === null ? null : Math.abs(own - best)
}
