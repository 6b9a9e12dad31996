import { describe, expect, it } from 'vitest'
import { architectureNames, buildNetwork } from '#common/network/architectures/index.ts'
import { paperProfiles } from '#common/network/architectures/paperProfiles.ts'
import { totalCost, unitCosts } from '#common/network/cost.ts'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'

const build = (name: string, { classes = 10, width = 1 } = {}): Network =>
  buildNetwork(name, { classes, width, size: 32, mean: [0, 0, 0], std: [1, 1, 1] })

/** In M, to the digits that frameworks.md prints. */
const millions = (value: number, digits: number): string => (value / 1e6).toFixed(digits)

/** The internal points of a table: name, C×H×W, cumulative MACs in M. */
const tableOf = (network: Network, digits: number): [string, string, string][] =>
  partitionPoints(network)
    .slice(1, -1)
    .map(({ name, shape, headMacs }) => [
      name,
      `${shape.channels}x${shape.height}x${shape.width}`,
      millions(headMacs, digits),
    ])

describe('ResNet18 (frameworks.md §3.2)', () => {
  it('has every row of the table, cut between blocks only', () => {
    expect(tableOf(build('resnet18'), 2)).toEqual([
      ['conv1', '64x32x32', '1.77'],
      ['layer1.0', '64x32x32', '77.27'],
      ['layer1.1', '64x32x32', '152.76'],
      ['layer2.0', '128x16x16', '211.48'],
      ['layer2.1', '128x16x16', '286.98'],
      ['layer3.0', '256x8x8', '345.70'],
      ['layer3.1', '256x8x8', '421.20'],
      ['layer4.0', '512x4x4', '479.92'],
      ['layer4.1', '512x4x4', '555.42'],
      ['avgpool', '512x1x1', '555.42'],
    ])
  })

  it('has 555.42 M MACs and 11.174 M parameters', () => {
    const { macs, parameters } = totalCost(build('resnet18'))
    expect([millions(macs, 2), millions(parameters, 3)]).toEqual(['555.42', '11.174'])
    expect(parameters).toBe(11_173_962)
  })
})

describe('MobileNetV1 (frameworks.md §3.3)', () => {
  it('has every row of the table', () => {
    expect(tableOf(build('mobilenetv1'), 3)).toEqual([
      ['conv1', '32x32x32', '0.885'],
      ['b1', '64x32x32', '3.277'],
      ['b2', '128x16x16', '5.521'],
      ['b3', '128x16x16', '10.011'],
      ['b4', '256x8x8', '12.182'],
      ['b5', '256x8x8', '16.523'],
      ['b6', '512x4x4', '18.657'],
      ['b7', '512x4x4', '22.925'],
      ['b8', '512x4x4', '27.193'],
      ['b9', '512x4x4', '31.461'],
      ['b10', '512x4x4', '35.729'],
      ['b11', '512x4x4', '39.997'],
      ['b12', '1024x2x2', '42.113'],
      ['b13', '1024x2x2', '46.344'],
      ['avgpool', '1024x1x1', '46.344'],
    ])
  })

  it('has 46.354 M MACs and 3.217 M parameters', () => {
    const { macs, parameters } = totalCost(build('mobilenetv1'))
    expect([millions(macs, 3), millions(parameters, 3)]).toEqual(['46.354', '3.217'])
  })
})

describe('MobileNetV2 (frameworks.md §3.4)', () => {
  it('has every row of the table', () => {
    expect(tableOf(build('mobilenetv2'), 3)).toEqual([
      ['conv1', '32x32x32', '0.885'],
      ['ir1', '16x32x32', '3.277'],
      ['ir2', '24x32x32', '8.487'],
      ['ir3', '24x32x32', '16.892'],
      ['ir4', '32x16x16', '21.942'],
      ['ir5', '32x16x16', '25.530'],
      ['ir6', '32x16x16', '29.118'],
      ['ir7', '64x8x8', '31.588'],
      ['ir8', '64x8x8', '34.955'],
      ['ir9', '64x8x8', '38.322'],
      ['ir10', '64x8x8', '41.689'],
      ['ir11', '96x8x8', '46.236'],
      ['ir12', '96x8x8', '53.645'],
      ['ir13', '96x8x8', '61.055'],
      ['ir14', '160x4x4', '66.151'],
      ['ir15', '160x4x4', '71.205'],
      ['ir16', '160x4x4', '76.258'],
      ['ir17', '320x4x4', '84.589'],
      ['conv2', '1280x4x4', '91.142'],
      ['avgpool', '1280x1x1', '91.142'],
    ])
  })

  it('has 91.155 M MACs and 2.297 M parameters, without projected shortcuts 87.98 M and 2.237 M', () => {
    const { macs, parameters } = totalCost(build('mobilenetv2'))
    expect([millions(macs, 3), millions(parameters, 3)]).toEqual(['91.155', '2.297'])
    const paper = totalCost(build('mobilenetv2-paper'))
    expect([millions(paper.macs, 2), millions(paper.parameters, 3)]).toEqual(['87.98', '2.237'])
  })
})

it('VGG16 with the classifier 512-512-100 has 313.8 M MACs and 15.30 M parameters', () => {
  const { macs, parameters } = totalCost(build('vgg16-512', { classes: 100 }))
  expect([millions(macs, 1), millions(parameters, 2)]).toEqual(['313.8', '15.30'])
})

it.each([
  ['torchvision-vgg16', '436.830', '138.366'],
  ['torchvision-resnet18', '37.523', '11.690'],
  ['torchvision-mobilenetv2', '7.392', '3.505'],
])('%s has the %s M MACs and %s M parameters of frameworks.md §3.5', (name, macs, parameters) => {
  const cost = totalCost(paperProfiles[name]!())
  expect([millions(cost.macs, 3), millions(cost.parameters, 3)]).toEqual([macs, parameters])
})

it("counts batch normalisation's parameters apart: MobileNetV2 of torchvision has 3.471 M without", () => {
  const network = paperProfiles['torchvision-mobilenetv2']!()
  const norm = unitCosts(network).reduce((sum, row) => sum + row.batchNormParameters, 0)
  expect(millions(totalCost(network).parameters - norm, 3)).toBe('3.471')
})

it.each(architectureNames)('the halves of %s add up at every point, at any width', (name) => {
  for (const width of [1, 0.5, 0.25, 0.1]) {
    const network = build(name, { width })
    const total = totalCost(network)
    for (const point of partitionPoints(network)) {
      expect(point.headMacs + point.tailMacs).toBe(total.macs)
      expect(point.headParameters + point.tailParameters).toBe(total.parameters)
    }
  }
})
