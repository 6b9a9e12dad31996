/** Numbers that papers print. Tags as in the project's notes: [S] read in a seed document, [C] computed from such. */

export interface PublishedRow {
  framework: string
  /** End to end at 1 Mbit/s, Raspberry Pi 3B and a desktop with a GPU, ms. */
  ms: number
  /** Top-1 on CIFAR-10, %. */
  accuracy: number
  /** Points. */
  loss: number
}

/** SAFBMP (Li, Zhang, Guo, Li, Electronics 2023, 12(17), 3598), Table 2 [S]. */
export const safbmpTable2: Readonly<Record<string, readonly PublishedRow[]>> = {
  vgg16: [
    { framework: 'only-splitting', ms: 65.52, accuracy: 92.63, loss: 0 },
    { framework: 'two-step', ms: 19.83, accuracy: 90.17, loss: 2.46 },
    { framework: 'bottlenet-pp', ms: 16.48, accuracy: 91.06, loss: 1.57 },
    { framework: 'ccto', ms: 13.27, accuracy: 90.94, loss: 1.69 },
    { framework: 'safbmp', ms: 11.34, accuracy: 91.74, loss: 0.89 },
  ],
  resnet18: [
    { framework: 'only-splitting', ms: 43.68, accuracy: 94.18, loss: 0 },
    { framework: 'two-step', ms: 12.09, accuracy: 91.36, loss: 2.82 },
    { framework: 'bottlenet-pp', ms: 9.34, accuracy: 93.02, loss: 1.16 },
    { framework: 'ccto', ms: 8.51, accuracy: 92.53, loss: 1.65 },
    { framework: 'safbmp', ms: 7.16, accuracy: 93.34, loss: 0.84 },
  ],
  mobilenetv1: [
    { framework: 'only-splitting', ms: 10.64, accuracy: 88.57, loss: 0 },
    { framework: 'safbmp', ms: 9.03, accuracy: 87.95, loss: 0.62 },
  ],
  mobilenetv2: [
    { framework: 'only-splitting', ms: 9.58, accuracy: 89.54, loss: 0 },
    { framework: 'safbmp', ms: 8.62, accuracy: 89.27, loss: 0.27 },
  ],
}
export const safbmpTable2Source = 'published: SAFBMP, Table 2 (Raspberry Pi 3B, RTX 3080 Ti, networks at full width)'

/** Jankowski, Gündüz, Mikolajczyk, SPAWC 2020: the numbers in the text beside Figure 3. MACs, which the paper calls FLOPs. */
export const jankowski = {
  /** Of VGG16 with the paper's classifier [C]. */
  networkMacs: 313.8e6,
  /** "4 × 10⁶ FLOPs" for about 3 times less bandwidth than the PNG image [S]. */
  few: { macs: 4e6, lessThanPng: 3 },
  /** "from 512 symbols to 8 symbols" behind the last pool with 156 × 10⁶ FLOPs [S]. */
  last: { macs: 156e6, symbols: 8 },
  /** 1024 times less than BottleNet++ at that computation [S], so 8192 symbols there [C]. */
  bottlenetPP: { macs: 156e6, symbols: 8192 },
  /** dB. */
  snr: 14.5,
} as const
