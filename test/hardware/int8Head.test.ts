import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { splitSchema } from '#common/contract/split.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { buildCandidate } from '../../src/main/trainer/candidates/build.ts'
import { connectDevice, type Device } from '../../src/main/workbench/devices/device.ts'
import { candidateRequest } from '../support/candidateRequest.ts'
import { referenceForward } from '../support/referenceForward.ts'
import { describeWith } from '../support/requires.ts'
import { installAgent, removeBundleAfterAll } from './virtualPi/agent.ts'
import { agentOverSsh } from './virtualPi/overSsh.ts'
import { startVirtualPi, type VirtualPi } from './virtualPi/virtualPi.ts'

const never = new AbortController().signal
const constants = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }

describeWith('qemu-arm64', 'an int8 head on a virtual Pi', () => {
  let folder = ''
  let pi: VirtualPi
  let device: Device
  removeBundleAfterAll()
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-int8-'))
    pi = await startVirtualPi()
    device = await connectDevice(agentOverSsh(pi, await installAgent(pi)))
  })
  afterAll(async () => {
    await device.close()
    await pi.stop()
    await rm(folder, { recursive: true })
  })

  // Convolutions and pools: whole sums, the very same codes. Sums of two maps are rounded in floats; depthwise convolutions
  // and codes with an offset.
  it.each([
    ['vgg16', 'pool2', 0],
    ['resnet18', 'layer2.0', 0.01],
    ['mobilenetv2', 'ir3', 0.01],
  ] as const)('gives the codes that x64 gives: %s at %s', async (name, point, share) => {
    const network = buildNetwork(name, { classes: 10, width: 1 / 16, size: 32, ...constants })
    const request = candidateRequest(folder, network, point, 'uint8', { calibration: 4, test: 2 })
    const forward = referenceForward(request.model)
    const { files } = await buildCandidate({ ...request, head: 'int8' }, forward, 'c'.repeat(64))
    const [head, check] = [join(folder, files.head), join(folder, files.check)]
    const split = splitSchema.parse(JSON.parse(await readFile(join(folder, files.split), 'utf8')))
    const hashes = await device.pushFiles([head, check], () => {}, never)
    const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
    const { ok, reason, error } = await device.check(side, never)
    expect({ ok, reason }).toEqual({ ok: true, reason: null })
    expect(error).toBeLessThanOrEqual(share)
    const timed = await device.time(side, { seconds: 0.1, minIterations: 5 }, () => {}, never)
    expect(timed.modelMs.length).toBeGreaterThanOrEqual(5)
    expect(device.source).toBe('emulated')
  })
})
