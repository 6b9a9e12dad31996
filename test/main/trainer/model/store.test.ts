import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadModel, saveModel, weightsHash } from '../../../../src/main/trainer/model/store.ts'
import { toyNetwork } from '../../../support/handNetworks.ts'
import { expectError, temporaryFolder } from '../../../support/images.ts'
import { randomModel } from '../../../support/randomModel.ts'

it('comes back as it was', async () => {
  const folder = join(temporaryFolder(), 'deep', 'model')
  const model = randomModel(toyNetwork(), 1)
  await saveModel(folder, model, { 'note.txt': 'hello' })
  expect(readdirSync(folder).sort()).toEqual(['network.json', 'note.txt', 'weights.safetensors'])
  const loaded = await loadModel(folder)
  expect(loaded.network).toEqual(model.network)
  expect(loaded.weights).toEqual(model.weights)
  expect(weightsHash(loaded)).toBe(weightsHash(model))
  const other = randomModel(toyNetwork(), 2)
  await saveModel(folder, other)
  expect(weightsHash(await loadModel(folder))).toBe(weightsHash(other))
  expect(readdirSync(folder).sort()).toEqual(['network.json', 'weights.safetensors'])
})

it('says what is wrong with a folder that is no whole model', async () => {
  const folder = join(temporaryFolder(), 'model')
  await expectError(() => loadModel(folder), 'bad-network', /network\.json is missing/)
  await saveModel(folder, randomModel(toyNetwork(), 1))
  truncateSync(join(folder, 'weights.safetensors'), 1000)
  await expectError(() => loadModel(folder), 'bad-network', /weights\.safetensors cannot be read/)
  rmSync(join(folder, 'weights.safetensors'))
  await expectError(() => loadModel(folder), 'bad-network', /weights\.safetensors is missing/)
  writeFileSync(join(folder, 'network.json'), '{"protocol":1}')
  await expectError(() => loadModel(folder), 'bad-network', /network\.json cannot be read/)
  writeFileSync(join(folder, 'network.json'), '{')
  await expectError(() => loadModel(folder), 'bad-network', /network\.json cannot be read/)
})

it('refuses weights of another network', async () => {
  const folder = join(temporaryFolder(), 'model')
  await saveModel(folder, randomModel(toyNetwork(), 1))
  const other = join(temporaryFolder(), 'other')
  await saveModel(other, randomModel(toyNetwork({ filters: 5 }), 1))
  const { copyFileSync } = await import('node:fs')
  copyFileSync(join(other, 'network.json'), join(folder, 'network.json'))
  await expectError(() => loadModel(folder), 'bad-network', /"conv1\.weight" has \d+ numbers/)
})

it('hashes every weight', () => {
  const model = randomModel(toyNetwork(), 1)
  const hash = weightsHash(model)
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  for (const [name, values] of model.weights) {
    values[values.length - 1] += 1
    expect(weightsHash(model), name).not.toBe(hash)
    values[values.length - 1] -= 1
  }
})
