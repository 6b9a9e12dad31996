import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { splitSchema } from '#common/contract/split.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { buildCandidate } from '../../src/main/trainer/candidates/build.ts'
import { candidateRequest } from '../support/candidateRequest.ts'
import { referenceForward } from '../support/referenceForward.ts'
import { describeWith } from '../support/requires.ts'
import { onePi } from './virtualPi/onePi.ts'

const never = new AbortController().signal
const constants = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }

describeWith('qemu-arm64', 'an int8 head on a virtual Pi', () => {
  const pi = onePi('int8')

  // Convolutions and pools: whole sums, the very same codes. Sums of two maps are rounded in floats; depthwise convolutions
  // and codes with an offset.
  it.each([
    ['vgg16', 'pool2', 0],
    ['resnet18', 'layer2.0', 0.01],
    ['mobilenetv2', 'ir3', 0.01],
  ] as const)('gives the codes that x64 gives: %s at %s', async (name, point, share) => {
    const network = buildNetwork(name, { classes: 10, width: 1 / 16, size: 32, ...constants })
    const request = candidateRequest(pi.folder, network, point, 'uint8', { calibration: 4, test: 2 })
    const forward = referenceForward(request.model)
    const { files } = await buildCandidate({ ...request, head: 'int8' }, forward, 'c'.repeat(64))
    const [head, check] = [join(pi.folder, files.head), join(pi.folder, files.check)]
    const split = splitSchema.parse(JSON.parse(await readFile(join(pi.folder, files.split), 'utf8')))
    const hashes = await pi.device.pushFiles([head, check], () => {}, never)
    const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
    const { ok, reason, error } = await pi.device.check(side, never)
    expect({ ok, reason }).toEqual({ ok: true, reason: null })
    expect(error).toBeLessThanOrEqual(share)
    const timed = await pi.device.time(side, { seconds: 0.1, minIterations: 5 }, () => {}, never)
    expect(timed.modelMs.length).toBeGreaterThanOrEqual(5)
    expect(pi.device.source).toBe('emulated')
  })
})
