import { sameSecret } from '../workbench/desktop/gate.ts'
import { newToken } from '../workbench/desktop/lock.ts'

/**
 * Who may use the web host: whoever came with the one-time token of the printed address. It is exchanged for a cookie
 * that scripts cannot read and other sites cannot send; after that the token is worth nothing and a new one is made.
 */
export class Session {
  readonly #cookieName: string
  readonly #secret = newToken()
  #token = newToken()
  #onToken: (token: string) => void

  /** Cookies know no ports: the name keeps two hosts of one computer apart. `onToken` hears of every next token. */
  constructor(port: number, onToken: (token: string) => void) {
    this.#cookieName = `splitbench-${port}`
    this.#onToken = onToken
    onToken(this.#token)
  }

  /** The cookie for a valid token, which is used up; undefined otherwise. */
  redeem(token: string): string | undefined {
    if (!sameSecret(token, this.#token)) return undefined
    this.#token = newToken()
    this.#onToken(this.#token)
    return `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`
  }

  knows(cookies: string | undefined): boolean {
    const values = (cookies ?? '').split(';').map((pair) => pair.trim().split('='))
    return values.some(([name, value]) => name === this.#cookieName && sameSecret(value ?? '', this.#secret))
  }
}
