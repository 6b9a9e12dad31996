/** Data sets that can be downloaded, with the checksums that their authors publish beside them. */
export const datasets = {
  'cifar-10': {
    title: 'CIFAR-10',
    archive: 'cifar-10-binary.tar.gz',
    md5: 'c32a1d4ab5d03f1284b67883e8d87530',
    folder: 'cifar-10-batches-bin',
  },
  'cifar-100': {
    title: 'CIFAR-100',
    archive: 'cifar-100-binary.tar.gz',
    md5: '03b5dce01913d631647c71ecec9e9cb8',
    folder: 'cifar-100-binary',
  },
} as const

export type DatasetName = keyof typeof datasets

export const officialAddress = 'https://www.cs.toronto.edu/~kriz/'
