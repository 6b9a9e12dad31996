import ssh2 from 'ssh2'

interface Options {
  comment?: string
  passphrase?: string
  cipher?: string
  rounds?: number
}

/**
 * A new ed25519 key pair in OpenSSH's formats, whose files can be read. ssh2 1.17 drops the zero bytes that one public
 * key in 256 begins with (https://github.com/mscdex/ssh2/issues/1513), and no program reads such a file.
 */
export function newKeyPair(options: Options = {}): { private: string; public: string } {
  for (;;) {
    // Its type wants a passphrase to come with its cipher, which the callers' options do.
    const pair = ssh2.utils.generateKeyPairSync('ed25519', options as { comment?: string })
    if (!(ssh2.utils.parseKey(pair.public) instanceof Error)) return pair
  }
}
