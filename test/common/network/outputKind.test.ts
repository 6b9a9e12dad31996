import { describe, expect, it } from 'vitest'
import { isFlat } from '#common/network/flat.ts'
import { isNonNegative } from '#common/network/sign.ts'
import { smallVgg } from '../../support/randomModel.ts'

const network = smallVgg(1 / 32)
const namesWhere = (holds: (name: string) => boolean): string[] =>
  network.layers.map((layer) => layer.name).filter((name) => holds(name))

describe('what a layer gives', () => {
  it('cannot be negative after a ReLU and its pools', () => {
    const expected = [
      ...Array.from({ length: 13 }, (_, i) => `conv${i + 1}.relu`),
      ...Array.from({ length: 5 }, (_, i) => `pool${i + 1}`),
      'flatten',
    ]
    expect(namesWhere((name) => isNonNegative(network, name)).sort()).toEqual(expected.sort())
  })

  it('is a vector after flattening', () => {
    expect(namesWhere((name) => isFlat(network, name))).toEqual(['flatten', 'fc'])
  })
})
