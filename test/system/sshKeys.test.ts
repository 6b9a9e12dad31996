import ssh2 from 'ssh2'
import { expect, it } from 'vitest'
import { newKeyPair } from '../support/sshKeys.ts'

it('key pairs for tests can all be read, also those whose public half would begin with a zero', () => {
  for (let count = 0; count < 1000; count++) {
    const pair = newKeyPair({ comment: 'pi' })
    for (const text of [pair.public, pair.private]) expect(ssh2.utils.parseKey(text)).not.toBeInstanceOf(Error)
  }
})
