import type { AnyAuthMethod, AuthenticationType, Prompt } from 'ssh2'
import { CodedError } from '#common/errors.ts'
import type { Ask, Question } from '../ask.ts'
import { printable } from '../printable.ts'
import type { HostSettings } from './config.ts'
import { KeyFiles } from './keyFiles.ts'
import { RunningAgent } from './runningAgent.ts'

const passwordTrials = 3

/**
 * The ways to log in, one after the other: the agent's keys, key files, and last what must be asked for. Secrets live in
 * this object's stack only. `refusal` tells, when all have failed, what was tried and why it did not work.
 */
export class Authentication {
  private readonly settings: HostSettings
  private readonly ask: Ask
  private readonly signal: AbortSignal
  private readonly attempts: AsyncGenerator<AnyAuthMethod>
  private allowed: readonly string[] = []
  private partial = false
  private agent: RunningAgent | undefined
  private files: KeyFiles | undefined
  private passwords = 0
  private unasked: string | undefined

  constructor(settings: HostSettings, ask: Ask, signal: AbortSignal) {
    this.settings = settings
    this.ask = ask
    this.signal = signal
    this.attempts = this.inOrder()
  }

  /** The next way, given what the host says of the last; false where there is none. */
  async next(left: readonly AuthenticationType[] | null, partial: boolean | null): Promise<AnyAuthMethod | false> {
    this.allowed = left ?? []
    this.partial = partial === true
    const { value, done } = await this.attempts.next()
    return done ? false : value
  }

  private async *inOrder(): AsyncGenerator<AnyAuthMethod> {
    const { user: username, identityFiles, identitiesOnly, agent: socket } = this.settings
    // Asks the host what it takes; one that takes everybody is in already.
    yield { type: 'none', username }
    if (this.allowed.includes('publickey')) {
      if (socket) {
        const preferred = await KeyFiles.publicKeysOf(identityFiles.map(({ path }) => path))
        this.agent = new RunningAgent(socket, preferred, identitiesOnly)
        yield { type: 'agent', username, agent: this.agent }
      }
      if (this.allowed.includes('publickey')) {
        this.files = await KeyFiles.load(identityFiles, this.agent?.offered ?? [], this.ask, this.signal)
        if (this.files.paths.length > 0) yield { type: 'agent', username, agent: this.files }
      }
    }
    while (this.allowed.includes('password') && this.passwords < passwordTrials && this.unasked === undefined) {
      const password = await this.secret('password', `Password of ${username}@${this.settings.host}`)
      if (password === undefined) break
      this.passwords += 1
      yield { type: 'password', username, password }
      if (this.partial) break
    }
    const prompted = this.passwords > 0 && !this.partial
    if (this.allowed.includes('keyboard-interactive') && !prompted && this.unasked === undefined) {
      for (let trial = 0; trial < passwordTrials && this.unasked === undefined; trial++) {
        yield { type: 'keyboard-interactive', username, prompt: (...words) => this.interactive(...words) }
      }
    }
  }

  private interactive(
    _name: string,
    _instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: (answers: string[]) => void,
  ): void {
    const answer = async (): Promise<string[]> => {
      const answers: string[] = []
      for (const { prompt, echo } of prompts) {
        const what = /pass(word|phrase)/i.test(prompt) || !echo ? 'password' : 'one-time code'
        answers.push((await this.secret(what, `${printable(prompt, 80)} (${this.settings.name})`)) ?? '')
      }
      this.passwords += 1
      return answers
    }
    answer().then(finish, () => finish([]))
  }

  private async secret(what: Extract<Question, { kind: 'secret' }>['what'], text: string): Promise<string | undefined> {
    const prompt = this.passwords > 0 ? `Wrong, once more. ${text}` : text
    const answer = await this.ask({ kind: 'secret', what, prompt }, this.signal)
    if (typeof answer === 'string') return answer
    this.unasked = what
    return undefined
  }

  /** Why no way worked. */
  refusal(): CodedError {
    const { name, user, host } = this.settings
    const notes = [...(this.files?.notes ?? [])]
    if (this.agent?.failure) notes.push(`the SSH agent does not answer (${printable(this.agent.failure, 80)})`)
    const tried: string[] = []
    if (this.agent?.offered.length) tried.push(`${this.agent.offered.length} of the agent's keys`)
    tried.push(...(this.files?.paths ?? []))
    if (this.passwords > 0) tried.push(this.passwords > 1 ? `${this.passwords} passwords` : 'a password')
    const wrong =
      this.passwords > 0
        ? 'the password is wrong'
        : tried.length > 0
          ? 'no key is accepted there'
          : 'there is nothing to log in with'
    const unasked = this.unasked ? `; the ${this.unasked} was not given` : ''
    const also = notes.length > 0 ? `; ${notes.join('; ')}` : ''
    return new CodedError(
      'device-failed',
      `${name}: login as ${user} refused: ${wrong}${tried.length > 0 ? ` (tried ${tried.join(', ')})` : ''}${unasked}${also}.`,
      this.passwords > 0
        ? `Check the user name and the password: ssh ${user}@${host}`
        : `Put a key on the board (ssh-copy-id ${user}@${host}), name it as IdentityFile in ~/.ssh/config, or run this in a terminal, where the password can be asked for.`,
      { reason: 'login-refused', tried, notes },
    )
  }
}
