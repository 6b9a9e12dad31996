import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '#common/wire/line/frame.ts'
import { cksum } from '../../../../../src/main/workbench/devices/serial/cksum.ts'
import { openError } from '../../../../../src/main/workbench/devices/serial/openError.ts'
import { portOf, sameAdapter } from '../../../../../src/main/workbench/devices/serial/ports.ts'
import { stateOf } from '../../../../../src/main/workbench/devices/serial/prompts.ts'
import {
  outputBytes,
  piecesOf,
  readOutcome,
  shellFunctions,
} from '../../../../../src/main/workbench/devices/serial/shellScript.ts'

describe('what is on a serial line', () => {
  const hello = encodeFrame({ kind: 'hello', number: 1, id: 7, peer: 0, bytesPerSecond: 0, answer: false })
  it.each([
    ['', 'silent'],
    ['\r\n\r\n', 'silent'],
    ['\r\nRaspberry Pi OS 12 raspberrypi ttyS0\r\n\r\nraspberrypi login: ', 'login'],
    ['raspberrypi login: pi\r\nPassword: ', 'password'],
    ['\r\nLast login: Mon Nov 3 on ttyS0\r\n\u001b[?2004h\u001b[01;32mpi@raspberrypi\u001b[0m:~ $ ', 'shell'],
    ['\r\n# ', 'shell'],
    ['[    1.234567] usb 1-1: new device\r\n[    1.300000] random: crng init done\r\n', 'booting'],
    ['U-Boot 2023.01\r\nHit any key to stop autoboot:  2 ', 'booting'],
    ['[   12.000001] done\r\n\r\nraspberrypi login: ', 'login'],
    [Buffer.from(hello).toString('latin1'), 'agent'],
    [`junk\r\n${Buffer.from(hello).toString('latin1')}`, 'agent'],
    ['\u00f8\u0080\u00fe\u0080\u00f8\u00c0', 'garbled'],
    ['T = 23.5 C\r\nT = 23.6 C\r\n', 'other'],
  ])('%j is %s', (text, state) => {
    expect(stateOf(text)).toBe(state)
  })
})

describe('text for a shell on a noisy line', () => {
  it('has the checksum of cksum', () => {
    const text = 'a\nü\u0001'
    expect(spawnSync('cksum', { input: text }).stdout.toString().trim()).toBe(cksum(Buffer.from(text)))
    expect(cksum(new Uint8Array(0))).toBe('4294967295 0')
  })

  it('is put together by a real shell in checked pieces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (raw) => {
        const text = `${raw.replaceAll('\0', '')}'"$x\n\`\\.`
        const { pieces, join } = piecesOf(text, 'id', 7)
        const script = [...pieces.map(({ line }) => line), join, 'printf %s "$c" >&2'].join('\n')
        const { stdout, stderr } = spawnSync('sh', { input: Buffer.from(script, 'latin1') })
        expect(stderr.equals(Buffer.from(text, 'utf8'))).toBe(true)
        expect(stdout.toString().trim().split(/\n+/)).toEqual(pieces.map(({ answer }) => answer))
      }),
      { numRuns: 15 },
    )
  })

  it('a piece that was changed on the way is not used', () => {
    const { pieces } = piecesOf('rm -rf tmp', 'id', 100)
    const changed = pieces[0]!.line.replace('tmp', 'top')
    expect(spawnSync('sh', { input: `${changed}\nprintf %s "$c0"` }).stdout.toString()).toBe('')
  })

  it.each([
    ['nothing', '', ''],
    ['an output', 'a\nb\n', ''],
    ['an error', '', 'no room'],
    ['both, without a last line end', 'a\n\nü', '\n'],
    ['more than is kept', `${'x'.repeat(outputBytes)}y`, 'e'],
  ])("a real shell's answer to a command that says %s", (_, said, complained) => {
    const command = `printf %s '${said}'; printf %s '${complained}' >&2; exit 7`
    const script = [shellFunctions, `c="${command}"`, `sb_run id ${cksum(Buffer.from(command))}`, 'sb_out id']
    const { stdout } = spawnSync('sh', { input: script.join('\n') })
    const text = stdout.toString('latin1')
    // Told twice: the second time it was asked for.
    const answers = text.split(/(?<=^id=.*\n)/m)
    expect(answers).toHaveLength(2)
    for (const answer of answers) {
      const outcome = readOutcome(answer, 'id')!
      expect(outcome.code).toBe(7)
      expect(outcome.stdout).toEqual(Buffer.from(said).subarray(0, outputBytes))
      expect(outcome.stderr.toString()).toBe(complained)
    }
  })

  it('an answer is found between other words, and refused where noise has changed it', () => {
    const answer = `[  5.1] usb 1-1\nido1\nido2\n[  5.2] noise\nide\nid=3 ${cksum(Buffer.from('1\n2'))} ${cksum(Buffer.from(''))}\n`
    expect(readOutcome(answer, 'id')).toMatchObject({ code: 3 })
    expect(readOutcome(answer, 'id')!.stdout.toString()).toBe('1\n2')
    expect(readOutcome(answer.replace('ido2', 'ido6'), 'id')).toBeUndefined()
    expect(readOutcome(answer.replace('id=3', 'iE=3'), 'id')).toBeUndefined()
  })
})

describe('a serial port', () => {
  const usb = { vendorId: '0403', productId: '6001', serialNumber: 'A1' }
  it('is found by its adapter, not by its path', () => {
    const ports = [
      { path: '/dev/ttyUSB0', usb: { ...usb, serialNumber: 'B2' }, title: null },
      { path: '/dev/ttyUSB7', usb: { ...usb, vendorId: '0403' }, title: 'FTDI' },
      { path: '/dev/ttyS0', usb: null, title: null },
    ]
    expect(portOf(usb, ports)?.path).toBe('/dev/ttyUSB7')
    expect(portOf({ ...usb, serialNumber: null }, ports)).toBeUndefined()
    expect(sameAdapter({ ...usb, vendorId: '1A86' }, { ...usb, vendorId: '1a86' })).toBe(true)
  })

  it.each([
    ['Error: Permission denied, cannot open /dev/ttyUSB0', /may not be opened by this user/, /usermod -aG \S+ \$USER/],
    ['Error Resource temporarily unavailable Cannot lock port', /is in use by/, /Close it/],
    ['Error: No such file or directory, cannot open /dev/ttyUSB0', /There is no port/, /driver/],
    ['Error: Inappropriate ioctl for device, cannot open', /is no serial port/, /path/],
    ['Error: strange \u001b[2J', /cannot be opened: Error: strange/, /^$/],
  ])('that cannot be opened (%s) says why and what helps', (text, message, hint) => {
    const error = openError('/dev/ttyUSB0', new Error(text))
    expect(error.message).toMatch(message)
    expect(error.hint ?? '').toMatch(hint)
  })
})
