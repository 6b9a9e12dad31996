import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deviceCardSchema } from '#common/contract/device.ts'
import { CodedError } from '#common/errors.ts'
import { boardArch } from '../../../../../src/main/workbench/devices/runtime/boardArch.ts'
import { parseProbe } from '../../../../../src/main/workbench/devices/runtime/probe.ts'
import { probeScript } from '../../../../../src/main/workbench/devices/runtime/probeScript.ts'

const at = new Date('2026-11-27T12:00:00Z')
const answer = (board: string): string => readFileSync(join(import.meta.dirname, 'boards', `${board}.txt`), 'utf8')
const probed = (board: string) => parseProbe('board', answer(board), at)

describe('what a board tells of itself', () => {
  it('Raspberry Pi 5, with a greeting and kernel messages between', () => {
    const { card, present, parts, ...facts } = probed('raspberry-pi-5')
    expect(facts).toEqual({
      system: 'Linux',
      machine: 'aarch64',
      bits: 64,
      libc: 'glibc 2.41',
      freeBytes: 22_837_316 * 1024,
    })
    expect(card).toEqual({
      arch: 'arm64',
      os: 'Debian GNU/Linux 13 (trixie)',
      cpu: 'Cortex-A76',
      cores: 4,
      memoryBytes: 8_256_256 * 1024,
      board: 'Raspberry Pi 5 Model B Rev 1.0',
      kernel: '6.12.25+rpt-rpi-2712',
      emulated: false,
      soc: 'BCM2712',
      // The firmware's clock, not the one that the kernel asked for; a load of 0 is a load.
      conditions: {
        clockMhz: 2399.988224,
        temperatureC: 61.5,
        throttled: '0x50005',
        governor: 'ondemand',
        load1: 0,
        nominalMhz: null,
        onBattery: null,
        otherCores: null,
      },
      at: '2026-11-27T12:00:00.000Z',
    })
    expect([...present]).toEqual([
      'runtime/9c2c7af97bda70a70547fe584d7f26d1020a9a004f1df35e23ee61d8bbefe27d',
      'agent/423ffba6fafeab39ee496b664a2a0280fc3655355a76ab684fc1ac6ac2469663',
    ])
    expect([...parts]).toEqual([
      ['incoming/7a77beef095c08b0af1492e06bda75975cb69afec63f8fb1d85e72d4bd0b4114.tgz.part', 4_194_304],
    ])
  })

  it('the virtual Pis: emulated, and what they do not tell is null', () => {
    for (const [board, arch, bits] of [
      ['virtual-pi-arm64', 'arm64', 64],
      ['virtual-pi-armhf', 'arm', 32],
    ] as const) {
      expect(probed(board)).toMatchObject({
        bits,
        card: {
          arch,
          cpu: 'Cortex-A72',
          emulated: true,
          soc: null,
          conditions: { clockMhz: null, governor: null, throttled: null, temperatureC: 48.25 },
        },
      })
    }
  })

  it('a 32-bit system on a 64-bit kernel; throttle flags as the kernel writes them; the processor’s zone', () => {
    expect(probed('pi-3-32-bit-system')).toMatchObject({
      machine: 'aarch64',
      bits: 32,
      card: { conditions: { throttled: '0x50000', temperatureC: 52.078, clockMhz: 600, load1: 1.5 } },
    })
  })

  it('a PC', () => {
    expect(probed('pc')).toMatchObject({ machine: 'x86_64', card: { arch: 'x64', emulated: false, board: null } })
  })

  it('this computer, asked by its own sh', () => {
    const output = execFileSync('sh', ['-c', probeScript], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const { card, freeBytes } = parseProbe('here', output, at)
    expect(card.arch).toBe(process.arch)
    expect(card.memoryBytes).toBe(totalmem())
    expect(card.cores).toBeLessThanOrEqual(cpus().length)
    expect(freeBytes).toBeGreaterThan(0)
  })

  it('control characters are gone', () => {
    const evil = answer('pc').replace('cpuName=AMD EPYC', 'cpuName=\u001b[2J\u001b]0;x\u0007fast\u202ecpu')
    expect(parseProbe('board', evil, at).card.cpu).toBe('fastcpu')
  })

  it('an answer that is none, or cut off, is an error', () => {
    for (const text of ['', "'uname' is not recognized as a command", answer('pc').replace(/splitbench:end.*/, '')]) {
      expect(() => parseProbe('board', text, at)).toThrow(/does not answer as a POSIX shell does/)
    }
  })

  it('whatever comes: a card that keeps to its schema, or a coded error', () => {
    const keys = answer('raspberry-pi-5').match(/(?<=^splitbench:)\w+/gm)!
    const line = fc.tuple(fc.constantFrom(...keys), fc.string()).map(([key, value]) => `splitbench:${key}=${value}`)
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), fc.boolean(), (lines, whole) => {
        try {
          const text = [...lines, ...(whole ? ['splitbench:machine=aarch64', 'splitbench:end=1'] : [])].join('\n')
          const { card } = parseProbe('board', text, at)
          deviceCardSchema.parse({ ...card, runtime: '', agent: '' })
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError)
        }
      }),
    )
  })
})

describe('the runtime that a board takes', () => {
  it.each([
    ['raspberry-pi-5', 'arm64'],
    ['virtual-pi-arm64', 'arm64'],
    ['pi-3-32-bit-system', 'arm64'],
    ['virtual-pi-armhf', 'arm'],
    ['pc', 'x64'],
  ])('%s: %s', (board, arch) => {
    expect(boardArch('board', probed(board))).toBe(arch)
  })

  it.each([
    ['armv6l', /an ARMv6 \(armv6l: Raspberry Pi 1 and Zero\); .* ARMv7 and later only\. Nothing was sent/],
    ['armv5tel', /an ARMv5 /],
    ['riscv64', /no ONNX Runtime for its processor \(riscv64\)/],
    ['i686', /no ONNX Runtime for its processor \(i686\)/],
  ])('none for %s, with the reason', (machine, message) => {
    expect(() => boardArch('board', { system: 'Linux', machine })).toThrow(message)
  })

  it('none for a Pi Zero, and none for other systems', () => {
    expect(() => boardArch('zero', probed('raspberry-pi-zero'))).toThrow(/Device zero cannot run heads: .*ARMv6/)
    expect(() => boardArch('mac', { system: 'Darwin', machine: 'arm64' })).toThrow(/runs Darwin/)
  })
})
