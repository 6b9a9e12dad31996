import { stdin } from 'node:process'
import type { Ask, Question } from '../workbench/devices/ask.ts'

/**
 * Asks on the terminal, beside the progress on stderr; what is typed for a secret is not shown. Where stdin is no
 * terminal nobody can be asked, and the answer is undefined.
 */
export const askOnTerminal: Ask = async (question, signal) => {
  if (!stdin.isTTY || signal.aborted) return undefined
  if (question.kind === 'secret') return readLine(`${question.prompt}: `, true, signal)
  for (const line of linesOf(question)) say(`${line}\n`)
  const yes = question.kind === 'confirm' ? question.yes : 'yes'
  for (;;) {
    const answer = await readLine(`Type "${yes}" to agree, "no" to decline: `, false, signal)
    if (answer === undefined) return undefined
    const word = answer.trim().toLowerCase()
    if (word === yes.toLowerCase()) return true
    if (['no', 'n', ''].includes(word)) return false
  }
}

function linesOf(question: Exclude<Question, { kind: 'secret' }>): string[] {
  if (question.kind === 'confirm') return [question.text]
  const { host, algorithm, fingerprint, note } = question
  return [
    `The board at ${host} is not known yet. Its host key:`,
    `  ${algorithm} ${fingerprint}`,
    'On the board it is printed by: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    ...(note ? [note] : []),
  ]
}

/** A line of progress may stand there. */
const say = (text: string): void => {
  process.stderr.write(`\r\x1b[2K${text}`)
}

const keys = { interrupt: '\u0003', end: '\u0004', eraseLine: '\u0015', backspace: '\u007f', erase: '\b' }

/** One question at a time: two boards may want something at once. */
let turn: Promise<unknown> = Promise.resolve()

/** Undefined: the user ended the input (Ctrl-D), or `signal` took the question back. */
function readLine(prompt: string, hidden: boolean, signal: AbortSignal): Promise<string | undefined> {
  const mine = turn.then(() => (signal.aborted ? undefined : typed(prompt, hidden, signal)))
  turn = mine
  return mine
}

function typed(prompt: string, hidden: boolean, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let line = ''
    const finish = (answer: string | undefined): void => {
      stdin.off('data', onData)
      signal.removeEventListener('abort', onAbort)
      stdin.setRawMode(false)
      stdin.pause()
      process.stderr.write('\n')
      resolve(answer)
    }
    const onAbort = (): void => finish(undefined)
    const onData = (bytes: Buffer): void => {
      for (const key of bytes.toString('utf8')) {
        const entered = '\r\n'.includes(key)
        if (entered || key === keys.end || key === keys.interrupt) {
          finish(entered ? line : undefined)
          // A raw terminal sends no signals by itself.
          if (key === keys.interrupt) process.kill(process.pid, 'SIGINT')
          return
        }
        if (key === keys.backspace || key === keys.erase) line = [...line].slice(0, -1).join('')
        else if (key === keys.eraseLine) line = ''
        else if (key >= ' ') line += key
      }
      // Drawn anew, so that what was erased is gone.
      if (!hidden) process.stderr.write(`\r\x1b[2K${prompt}${line}`)
    }
    // Before the prompt: who types at once would see the secret.
    stdin.setRawMode(true)
    say(prompt)
    stdin.on('data', onData)
    signal.addEventListener('abort', onAbort, { once: true })
    stdin.resume()
  })
}
