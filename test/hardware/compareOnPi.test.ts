import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import { parseLink } from '#common/latency/links.ts'
import type { Ask } from '../../src/main/workbench/devices/ask.ts'
import { compare } from '../../src/main/workbench/experiments/compare.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { startSerialPi } from './virtualPi/serialPi.ts'
import { startVirtualPi, type VirtualPi } from './virtualPi/virtualPi.ts'

/** The main job with the head on a board: reached, prepared and greeted before the training, timed after it. */
describeWith('tensorflow', 'a comparison whose heads run on a virtual Pi', () => {
  describeWith('qemu-arm64', 'that is emulated', () => {
    let pi: VirtualPi
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'splitbench-compare-pi-'))
      // The user's cache stays, with its bundles; known hosts and devices are this test's own.
      vi.stubEnv('XDG_CACHE_HOME', process.env.XDG_CACHE_HOME || join(process.env.HOME!, '.cache'))
      vi.stubEnv('XDG_CONFIG_HOME', join(folder, '.config'))
      vi.stubEnv('HOME', folder)
      vi.stubEnv('SSH_AUTH_SOCK', '')
      pi = await startVirtualPi()
    })
    afterAll(async () => {
      await pi?.stop()
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true, force: true })
    })

    const phases: string[] = []
    const ask: Ask = async (question) => (question.kind === 'secret' ? pi.password : question.kind === 'host-key')
    const run = async (device: string, out: string): Promise<Comparison> => {
      phases.length = 0
      const config = resolveCompare({
        profile: 'toy',
        source: { kind: 'synthetic' },
        network: 'vgg16',
        width: 0.25,
        frameworks: 'only-splitting',
        points: 'pool3',
        device,
        server: 'local',
        link: parseLink('wifi'),
        gamma: undefined,
        maxLoss: undefined,
        trainImages: undefined,
        testImages: undefined,
        epochs: undefined,
        batchSize: undefined,
        seed: 1,
        threads: availableParallelism(),
        timeS: 0.1,
      })
      const { comparison } = await compare({
        config,
        command: 'test',
        out: join(folder, out),
        fresh: false,
        cwd: folder,
        signal: new AbortController().signal,
        ask,
        watch: (event) => {
          if (event.kind === 'progress' && phases.at(-1) !== event.progress.phase) phases.push(event.progress.phase)
        },
      })
      return comparison
    }

    function expectEmulated(comparison: Comparison): void {
      expect(comparison.device).toMatchObject({
        emulated: true,
        board: 'Raspberry Pi 4 Model B Rev 1.4',
        arch: 'arm64',
      })
      expect(comparison.server.emulated).toBe(false)
      for (const { deviceMs, serverMs } of comparison.candidates) {
        expect(deviceMs!.source).toBe('emulated')
        expect(serverMs!.source).toBe('measured')
      }
      expect(phases.indexOf('device')).toBeLessThan(phases.indexOf('baseline'))
    }

    itWith(
      'qemu-arm64',
      'over SSH',
      async () => {
        expectEmulated(await run(`ssh://pi@127.0.0.1:${pi.port}`, 'ssh'))
      },
      400_000,
    )

    itWith(
      'serial',
      'over a serial line, behind its login',
      async () => {
        const line = await startSerialPi({ baud: 921_600, pi })
        try {
          expectEmulated(await run(`serial:${line.path}?baud=921600`, 'serial'))
        } finally {
          await line.stop()
        }
      },
      400_000,
    )
  })
})
