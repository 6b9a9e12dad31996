import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { deathOf } from '../../../../src/main/workbench/devices/death.ts'
import { deviceError, printable, printableDeep } from '../../../../src/main/workbench/devices/printable.ts'

describe('text from a device', () => {
  it('loses what could steer a terminal and nothing else', () => {
    expect(printable('\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007')).toBe('red link')
    expect(printable('  Grüße, 25.6 °C · 日本\t\n ok ')).toBe('Grüße, 25.6 °C · 日本 ok')
    expect(printable('abc', 2)).toBe('a…')
    expect(printableDeep({ a: ['\u0007x', 1, null], b: { c: true } })).toEqual({ a: ['x', 1, null], b: { c: true } })
  })

  it('is printable whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const shown = printable(text)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u)
        expect(shown.length).toBeLessThanOrEqual(300)
        expect(printable(shown)).toBe(shown)
      }),
    )
  })

  it('carries only codes that a device may use', () => {
    expect(deviceError('pi', new CodedError('trainer-died', 'x'), false)).toMatchObject({ code: 'device-failed' })
    expect(deviceError('pi', new CodedError('cancelled', 'x'), false)).toMatchObject({ code: 'device-failed' })
    expect(deviceError('pi', new CodedError('cancelled', 'x'), true)).toMatchObject({ code: 'cancelled' })
    expect(deviceError('pi', new CodedError('disk-full', 'x', 'use --out'), false)).toMatchObject({
      code: 'disk-full',
      message: 'Device pi: x',
      hint: expect.stringMatching(/on the device/),
    })
  })
})

describe('the end of an agent', () => {
  const end = (code: number | null, signal: string | null, stderr = '') =>
    deathOf('pi', { exit: () => ({ code, signal }), stderrTail: () => stderr })

  it.each([
    [132, null],
    [null, 'SIGILL'],
  ])('by an illegal instruction (%s, %s) is named', (code, signal) => {
    expect(end(code, signal, 'Illegal instruction')).toMatchObject({
      code: 'device-unsupported',
      message: expect.stringMatching(/the runtime uses instructions this CPU lacks/),
      exitCode: 1,
    })
  })

  it('quotes the last words', () => {
    expect(end(1, null, 'a\nCannot find module x\n\n').message).toBe(
      'Device pi: the agent ended with exit code 1 (Cannot find module x).',
    )
    const crash = '/x/agent.mjs:3\n  throw\n\nError: no room\n    at main (x:1:2) {\n  code: 7\n}\n\nNode.js v24.21.0\n'
    expect(end(1, null, crash).message).toContain('(Error: no room)')
    expect(end(null, 'SIGKILL').message).toBe('Device pi: the agent was ended by SIGKILL.')
    expect(deathOf('pi', { exit: () => null, stderrTail: () => '' }).message).toBe('Device pi: the agent is gone.')
  })
})
