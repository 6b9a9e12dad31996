import { readFile } from 'node:fs/promises'
import type { IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2'
import ssh2 from 'ssh2'
import type { Ask } from '../ask.ts'

const { BaseAgent, utils } = ssh2
const passphraseTrials = 3

interface KeyFile {
  path: string
  /** Offered to the host; undefined where it cannot be known before the file is unlocked. */
  publicKey: ParsedKey
  unlocked: ParsedKey | undefined
  text: Buffer
}

/**
 * The user's key files as an SSH agent of our own: the host sees the public half first, and only for a key that it
 * accepts is the passphrase asked. What could not be used is told in `notes`.
 */
export class KeyFiles extends BaseAgent<ParsedKey> {
  readonly notes: string[] = []
  private readonly files: KeyFile[] = []
  private readonly ask: Ask
  private readonly signal: AbortSignal

  private constructor(ask: Ask, signal: AbortSignal) {
    super()
    this.ask = ask
    this.signal = signal
  }

  /** `tried`: public keys that the host has refused already. */
  static async load(
    identities: readonly { path: string; named: boolean }[],
    tried: readonly Buffer[],
    ask: Ask,
    signal: AbortSignal,
  ): Promise<KeyFiles> {
    const agent = new KeyFiles(ask, signal)
    for (const { path, named } of identities) await agent.add(path, named, tried)
    return agent
  }

  get paths(): string[] {
    return this.files.map(({ path }) => path)
  }

  /** The public halves, also of files whose private half is in the agent only. */
  static async publicKeysOf(paths: readonly string[]): Promise<ParsedKey[]> {
    const keys = await Promise.all(
      paths.map(async (path) => {
        const publicFile = await readFile(`${path}.pub`).catch(() => undefined)
        const privateFile = publicFile ?? (await readFile(path).catch(() => undefined))
        return privateFile && publicHalf(privateFile)
      }),
    )
    return keys.filter((key) => key !== undefined)
  }

  private async add(path: string, named: boolean, tried: readonly Buffer[]): Promise<void> {
    const wasTried = (key: ParsedKey): boolean => tried.some((blob) => blob.equals(key.getPublicSSH()))
    let text: Buffer
    try {
      text = await readFile(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') this.notes.push(`${path} cannot be read (${code})`)
      else if (named) this.notes.push(`${path} is not there`)
      return
    }
    const parsed = parse(text)
    if (parsed && !(parsed instanceof Error)) {
      if (wasTried(parsed)) return
      if (parsed.isPrivateKey()) this.files.push({ path, text, publicKey: parsed, unlocked: parsed })
      else this.notes.push(`${path} is a public key`)
      return
    }
    const beside = await readFile(`${path}.pub`).catch(() => undefined)
    const publicKey = publicHalf(text) ?? (beside && publicHalf(beside))
    if (publicKey && wasTried(publicKey)) return
    if (publicKey) {
      this.files.push({ path, text, publicKey, unlocked: undefined })
      return
    }
    // An old encrypted format tells nothing before it is unlocked.
    const encrypted = /passphrase|encrypted/i.test(String(parsed))
    const unlocked = encrypted ? await this.unlock(path, text) : undefined
    if (unlocked) this.files.push({ path, text, publicKey: unlocked, unlocked })
    else if (!encrypted) this.notes.push(`${path} is no private key that this program can read`)
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(
      undefined,
      this.files.map(({ publicKey }) => publicKey),
    )
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    const callback = (typeof options === 'function' ? options : done)!
    const { hash } = typeof options === 'function' ? {} : options
    const blob = key.getPublicSSH()
    const file = this.files.find(({ publicKey }) => publicKey.getPublicSSH().equals(blob))
    const signed = async (): Promise<Buffer> => {
      if (!file) throw new Error('no such key')
      file.unlocked ??= await this.unlock(file.path, file.text)
      if (!file.unlocked) throw new Error('it stays locked')
      const signature: Buffer | Error = file.unlocked.sign(data, hash)
      if (signature instanceof Error) throw signature
      return signature
    }
    signed().then(
      (signature) => callback(undefined, signature),
      (error: Error) => callback(error),
    )
  }

  private async unlock(path: string, text: Buffer): Promise<ParsedKey | undefined> {
    for (let trial = 0; trial < passphraseTrials; trial++) {
      const passphrase = await this.ask(
        { kind: 'secret', what: 'passphrase', prompt: `${trial > 0 ? 'Wrong. ' : ''}Passphrase of ${path}` },
        this.signal,
      )
      if (typeof passphrase !== 'string') {
        this.notes.push(`${path} needs a passphrase, which was not given`)
        return undefined
      }
      const key = parse(text, passphrase)
      if (key && !(key instanceof Error)) return key
    }
    this.notes.push(`the passphrase of ${path} was wrong`)
    return undefined
  }
}

function parse(text: Buffer | string, passphrase?: string): ParsedKey | Error {
  try {
    const parsed: ParsedKey | Error | ParsedKey[] = utils.parseKey(text, passphrase)
    return Array.isArray(parsed) ? parsed[0] : parsed
  } catch (error) {
    return error as Error
  }
}

/** Of a public key file, or of a private one in OpenSSH's format, which holds it in the clear beside the encrypted half. */
function publicHalf(text: Buffer): ParsedKey | undefined {
  const direct = parse(text)
  if (direct && !(direct instanceof Error)) return direct
  const [, base64] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text.toString('latin1')) ?? []
  if (base64 === undefined) return undefined
  try {
    const bytes = Buffer.from(base64, 'base64')
    let at = 'openssh-key-v1\0'.length
    const field = (): Buffer => {
      const length = bytes.readUInt32BE(at)
      const value = bytes.subarray(at + 4, at + 4 + length)
      if (value.length !== length) throw new RangeError('The file is cut off.')
      at += 4 + length
      return value
    }
    // Cipher, key derivation, its options; then how many keys there are.
    field()
    field()
    field()
    at += 4
    const blob = field()
    const algorithm = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
    const key = parse(`${algorithm} ${blob.toString('base64')}`)
    return key instanceof Error ? undefined : key
  } catch {
    return undefined
  }
}
