import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { parseSshTarget } from '../../../../../src/main/workbench/devices/ssh/target.ts'

describe('the address of a board', () => {
  it.each([
    ['ssh://pi@board.local:2222', { name: 'pi@board.local:2222', user: 'pi', host: 'board.local', port: 2222 }],
    ['ssh://board', { name: 'board', user: undefined, host: 'board', port: undefined }],
    ['ssh://board/', { name: 'board', user: undefined, host: 'board', port: undefined }],
    ['lab-pi', { name: 'lab-pi', user: undefined, host: 'lab-pi', port: undefined }],
    ['pi@10.0.0.7', { name: 'pi@10.0.0.7', user: 'pi', host: '10.0.0.7', port: undefined }],
    ['ssh://pi@[fe80::1%eth0]:22', { user: 'pi', host: 'fe80::1%eth0', port: 22 }],
    ['ssh://a%20b@host', { user: 'a b', host: 'host' }],
    ['ssh://100%@host', { user: '100%', host: 'host' }],
  ])('%s', (text, parts) => {
    expect(parseSshTarget(text)).toMatchObject(parts)
  })

  it.each([
    '',
    'ssh://',
    'ssh://@host',
    'two words',
    'ssh://host:0',
    'ssh://host:65536',
    'ssh://host:x',
    'ssh://a/b',
    '-oProxyCommand=evil',
    'ssh://-x@host',
    'host\u001b[31m',
  ])('%j is none', (text) => {
    expect(() => parseSshTarget(text)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })

  it('holds no password', () => {
    expect(() => parseSshTarget('ssh://pi:secret@host')).toThrow(/no password/)
    expect(() => parseSshTarget('ssh://pi:secret@host')).not.toThrow(/secret/)
  })

  it('is an address or a coded error, whatever it was', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^ssh:\/\/[a@:[\]%/\d]*$/)), (text) => {
        try {
          const { host, user, port } = parseSshTarget(text)
          expect(host).toMatch(/^[^\s/@-]/)
          expect(user === undefined || user.length > 0).toBe(true)
          expect(port === undefined || (port > 0 && port < 65_536)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError)
        }
      }),
    )
  })
})
