import type { DataConfig, DataSource } from '#common/contract/config.ts'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { CodedError } from '#common/errors.ts'
import { datasets } from '../datasets/catalogue.ts'
import { locateDataSource } from '../datasets/locate.ts'

/**
 * Images for work with pretrained weights: those that they were trained on unless `data` says otherwise (undefined:
 * nothing was said). Of a folder, the trainer finds out whether it holds the same. Throws `bad-usage` where the name
 * says that it does not.
 */
export function sourceFor({ name, dataset }: Pretrained, data: string | undefined): DataSource {
  const known = data === 'synthetic' || (data !== undefined && Object.hasOwn(datasets, data))
  if (known && data !== dataset.name) {
    throw new CodedError(
      'bad-usage',
      `The weights ${name} were trained on ${dataset.name}, not on ${data}.`,
      `Leave --data out, or give --data ${dataset.name}.`,
    )
  }
  return locateDataSource(data ?? dataset.name)
}

/** What the trainer needs to know to keep validation images apart from what the weights have seen. */
export const heldOutOf = (training: Pretrained | undefined): Pick<DataConfig, 'heldOut'> =>
  training ? { heldOut: training.heldOut } : {}
