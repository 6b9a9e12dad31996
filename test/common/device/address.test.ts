import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '#common/device/address.ts'
import { CodedError } from '#common/errors.ts'

describe('an address of a device', () => {
  it.each([
    ['local', { kind: 'local' }],
    ['ssh://pi@board:2222', { kind: 'ssh', target: 'ssh://pi@board:2222' }],
    ['serial:/dev/ttyUSB0', { kind: 'serial', path: '/dev/ttyUSB0', baud: 115_200 }],
    ['serial:COM3?baud=921600', { kind: 'serial', path: 'COM3', baud: 921_600 }],
    ['serial:/tmp/odd?name?baud=9600', { kind: 'serial', path: '/tmp/odd?name', baud: 9600 }],
    ['serial:/dev/ttyACM0?baud=9600&user=root', { kind: 'serial', path: '/dev/ttyACM0', baud: 9600, user: 'root' }],
    ['simulated', { kind: 'simulated', script: 'pi-4', seed: null }],
    ['simulated:hot?seed=7', { kind: 'simulated', script: 'hot', seed: 7 }],
  ])('%s', (text, address) => expect(parseAddress(text)).toEqual(address))

  it.each(['toaster', 'raspi', 'localhost', 'simulation', 'sshd'])('%s is a name', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it.each([
    'ssh://',
    'ssh://pi@bo ard',
    'serial:',
    'serial:?baud=9600',
    'serial:/dev/x?baud=fast',
    'serial:/dev/x?baud=10',
    'serial:/dev/x?speed=9600',
    'serial:/dev/x?user=a b',
    'serial:/dev/x?user=',
    'simulated:pi-4?seed=-1',
    'simulated:pi-4?seed=1.5',
  ])('%s is refused before anything runs', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })

  it('never fails otherwise', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'ssh://', 'serial:', 'simulated:'), fc.string(), (scheme, rest) => {
        try {
          parseAddress(scheme + rest)
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError)
        }
      }),
    )
  })
})
