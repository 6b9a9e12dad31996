import { afterEach, describe, expect, it } from 'vitest'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { requireInputType } from '../../../../src/main/workbench/devices/inputTypes.ts'
import { lyingTransport } from '../../../support/agentProcess.ts'

let device: Device | undefined
afterEach(async () => {
  await device?.close()
  device = undefined
})

/** Its hello says nothing of inputs, and it knows no request that came later. */
describe('an agent from before float32 inputs', () => {
  it('takes images of bytes, and a foreign model is refused with a reason', async () => {
    device = await connectDevice(lyingTransport('old'))
    expect(device.inputTypes).toEqual(['uint8'])
    for (const type of ['float32', 'uint8'] as const) {
      expect(() => requireInputType(device!, type)).toThrowError(
        expect.objectContaining({
          code: 'device-unsupported',
          message: expect.stringContaining('is older than this program'),
          hint: expect.stringContaining('Start the agent of this version'),
        }),
      )
    }
    expect(() => requireInputType({ ...device!, inputTypes: ['uint8', 'float32'] }, 'uint8')).not.toThrow()
  })

  it('is not asked to remove files: it would not know how', async () => {
    device = await connectDevice(lyingTransport('old'))
    await expect(device.dropFiles(['1'.repeat(64)])).resolves.toBeUndefined()
  })
})
