/** A question that only the user can answer while a device is being connected. Behind every door, and never stored. */
export type Question =
  | {
      kind: 'host-key'
      host: string
      algorithm: string
      /** "SHA256:…", as ssh-keygen prints it. */
      fingerprint: string
      /** Something that the user should know before answering. */
      note?: string
    }
  | { kind: 'secret'; what: 'password' | 'passphrase' | 'one-time code'; prompt: string }
  | { kind: 'confirm'; text: string; yes: string }

/**
 * The answer: the secret, or whether the user agrees; undefined where nobody can be asked (then the error names the
 * option that would have answered) or the user turned it down.
 */
export type Ask = (question: Question, signal: AbortSignal) => Promise<string | boolean | undefined>

/** Where nobody sits at a terminal or a window. */
export const nobodyToAsk: Ask = async () => undefined

/**
 * Asks each question once, however often a job connects: returns an `Ask` for one connection. The same question twice
 * within a connection means that the first answer was wrong, so it is asked again. Kept in memory only.
 */
export function rememberingAsk(ask: Ask): () => Ask {
  const known = new Map<string, string | boolean>()
  return () => {
    const given = new Set<string>()
    return async (question, signal) => {
      const key = JSON.stringify(question)
      const before = given.has(key) ? undefined : known.get(key)
      given.add(key)
      if (before !== undefined) return before
      const answer = await ask(question, signal)
      if (answer === undefined) known.delete(key)
      else known.set(key, answer)
      return answer
    }
  }
}
