/** A question that only the user can answer while a device is being connected. Behind every door, and never stored. */
export type Question =
  | {
      kind: 'host-key'
      host: string
      algorithm: string
      /** "SHA256:…", as ssh-keygen prints it. */
      fingerprint: string
    }
  | { kind: 'secret'; what: 'password' | 'passphrase' | 'one-time code'; prompt: string }
  | { kind: 'confirm'; text: string; yes: string }

/**
 * The answer: the secret, or whether the user agrees; undefined where nobody can be asked (then the error names the
 * option that would have answered) or the user turned it down.
 */
export type Ask = (question: Question, signal: AbortSignal) => Promise<string | boolean | undefined>
