import type { IdentityCallback, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2'
import ssh2 from 'ssh2'

const { BaseAgent, createAgent, utils } = ssh2

/**
 * The SSH agent that runs on this computer. Keys that the configuration names come first, for a host gives up after a
 * few; with `only`, no others are offered.
 */
export class RunningAgent extends BaseAgent<ParsedKey> {
  /** Offered to the host so far, as blobs: the same key need not be tried from its file. */
  readonly offered: Buffer[] = []
  /** Why it could not be asked; undefined: it answered, or was not asked yet. */
  failure: string | undefined
  private readonly agent: ReturnType<typeof createAgent>
  private readonly preferred: Buffer[]
  private readonly only: boolean

  constructor(socket: string, preferred: readonly ParsedKey[], only: boolean) {
    super()
    this.agent = createAgent(socket)
    this.preferred = preferred.map((key) => key.getPublicSSH())
    this.only = only
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    this.agent.getIdentities((error, keys) => {
      if (error) {
        this.failure = error.message
        done(undefined, [])
        return
      }
      const parsed = ((keys ?? []) as (ParsedKey | Buffer | string)[])
        .map((key) => utils.parseKey(key))
        .filter((key): key is ParsedKey => !(key instanceof Error))
      const isPreferred = (key: ParsedKey): boolean => this.preferred.some((blob) => blob.equals(key.getPublicSSH()))
      const chosen = [...parsed.filter(isPreferred), ...(this.only ? [] : parsed.filter((key) => !isPreferred(key)))]
      this.offered.push(...chosen.map((key) => key.getPublicSSH()))
      done(undefined, chosen)
    })
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === 'function') this.agent.sign(key, data, options)
    else this.agent.sign(key, data, options, done)
  }
}
