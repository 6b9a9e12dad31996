import { describe, expect } from 'vitest'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { openKernelLink } from '../../../../src/main/workbench/devices/link/kernelLink.ts'
import { testLink } from '../../../../src/main/workbench/experiments/linkTest.ts'
import { childrenWith } from '../../../support/agentProcess.ts'
import { itWith } from '../../../support/requires.ts'

const signal = new AbortController().signal

describe('a link that the kernel makes slow', () => {
  itWith('kernel-shaping', 'holds its rate between two processes of this computer, and leaves nothing', async () => {
    const link = await openKernelLink({ name: '2', rateMbps: 2, rttMs: null })
    const device = await connectDevice(link.device)
    const server = await connectDevice(link.server)
    try {
      const found = await testLink({ device, server, shape: null, signal, onProgress() {} })
      expect(found.way).toBe('tcp')
      // Headers of IP and TCP are counted by the kernel; how much slower it is beyond that is this machine's business.
      expect(found.rateMbps).toBeLessThan(2.02)
      expect(found.rateMbps).toBeGreaterThan(0.8)
    } finally {
      await Promise.all([device.close(), server.close()])
      await link.close()
    }
    expect(childrenWith('unshare', '--net')).toEqual([])
  })

  itWith('kernel-shaping', 'is refused with the reason where the kernel cannot do it', async () => {
    const outcome = await openKernelLink({ name: '2,20,1%', rateMbps: 2, rttMs: 20, loss: 0.01 }).catch(
      (error) => error,
    )
    // Kernels differ: with netem it works, without it says so.
    if ('discipline' in outcome) {
      expect(outcome.discipline).toBe('netem')
      await outcome.close()
    } else {
      expect(outcome).toMatchObject({ code: 'component-missing', message: expect.stringMatching(/no netem/) })
    }
    expect(childrenWith('unshare', '--net')).toEqual([])
  })
})
