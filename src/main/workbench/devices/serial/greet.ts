import { CodedError } from '#common/errors.ts'
import type { Ask } from '../ask.ts'
import { printable } from '../printable.ts'
import { plainOf, stateOf } from './prompts.ts'
import type { Talk } from './talk.ts'

export interface GreetOptions {
  /** As the user named the device; for messages. */
  name: string
  path: string
  baud: number
  /** Who logs in where the board asks. */
  user: string
  ask: Ask
  signal: AbortSignal
  /** What it is waiting for: "waiting for the board to boot". */
  onWait?(what: string): void
}

/** After this the line has said what it had to say. */
const quietMs = 250
const answerMs = 1200
/** A refused login waits before it asks again. */
const refusalMs = 10_000
const bootS = 120
const silenceMs = 5000
/** A login that has just been started says so by itself. */
const firstMs = 800
/** A login that was refused takes some seconds to say so. */
const loginMs = 20_000

/**
 * Finds out what is on a line and gets as far as a shell: an agent that waits for callers, or a console, logged in where
 * it asks for it. Throws `device-failed` with what was found instead.
 */
export async function greet(talk: Talk, options: GreetOptions): Promise<'agent' | 'shell'> {
  const { signal, onWait, name, path, baud } = options
  const began = performance.now()
  let silentSince: number | undefined
  let refused = 0
  await talk.more(firstMs, signal)
  await talk.quiet(quietMs, 3000, signal)
  for (let round = 0; ; round++) {
    // A new line is an answer where something is being asked: an empty user name, an empty password. First look.
    if (!['agent', 'login', 'password', 'shell'].includes(stateOf(talk.text))) {
      await talk.write('\r')
      await talk.more(answerMs, signal)
      await talk.quiet(quietMs, 3000, signal)
    }
    const text = talk.text
    const state = stateOf(text)
    if (state !== 'silent') silentSince = undefined
    switch (state) {
      case 'agent':
        return 'agent'
      case 'shell':
        return 'shell'
      case 'login':
        if (await logIn(talk, options)) return 'shell'
        if (++refused < 4) break
        throw new CodedError('device-failed', `Device ${name}: ${path} takes no user name.`)
      case 'password':
        // Somebody stopped half way: an empty password leads back to the start.
        onWait?.('waiting for the login prompt')
        talk.forget()
        await talk.write('\r')
        await talk.until(/(?=login: *$)/i, refusalMs, signal)
        await talk.quiet(quietMs, 1000, signal)
        break
      case 'booting':
        onWait?.('waiting for the board to boot')
        talk.forget()
        await talk.quiet(1000, 5000, signal)
        break
      case 'silent':
        silentSince ??= performance.now()
        if (performance.now() - silentSince > silenceMs) throw silent(name, path, baud)
        // A shell whose prompt is empty, or one in the middle of a quotation.
        if (round === 1) await talk.write('\u0003\r')
        break
      case 'garbled':
        if (round < 2) break
        throw new CodedError(
          'device-failed',
          `Device ${name}: what comes from ${path} is no text at ${baud} baud.`,
          'Check the baud rate (most consoles run at 115200) and the wiring (ground connected, TX to RX).',
        )
      case 'other':
        talk.forget()
        if (round < 3) break
        throw new CodedError(
          'device-failed',
          `Device ${name}: on ${path} there is neither a login, nor a shell, nor an agent (it says "${printable(plainOf(text), 80)}").`,
          'Look at it in the console; leave the program that runs there.',
        )
    }
    if (performance.now() - began > bootS * 1000) {
      throw new CodedError('device-failed', `Device ${name}: no login prompt on ${path} within ${bootS} s.`)
    }
  }
}

/** False where the prompt was not what it seemed to be: the name was taken for something else. */
async function logIn(talk: Talk, { name, path, user, ask, signal }: GreetOptions): Promise<boolean> {
  talk.forget()
  await talk.write(`${user}\r`)
  const prompt = await talk.until(/pass(?:word|phrase)[^:\n]*: *$|[$#%>] $|incorrect|login: *$/i, loginMs, signal)
  if (!prompt) throw new CodedError('device-failed', `Device ${name}: ${path} does not answer to a user name.`)
  if (/[$#%>] $/.test(prompt[0])) return true
  if (/incorrect|login/i.test(prompt[0])) {
    await talk.until(/(?=login: *$)/i, refusalMs, signal)
    return false
  }
  const password = await ask({ kind: 'secret', what: 'password', prompt: `Password of ${user} on ${path}` }, signal)
  if (typeof password !== 'string') {
    await talk.write('\r').catch(() => {})
    throw new CodedError(
      'device-failed',
      `Device ${name}: ${path} asks for the password of ${user}.`,
      'Run it in a terminal, where it can be asked for, or log in on the console before.',
    )
  }
  talk.forget()
  await talk.write(`${password}\r`)
  const end = performance.now() + loginMs
  while (performance.now() < end) {
    await talk.more(500, signal)
    await talk.quiet(quietMs, 3000, signal)
    if (/incorrect|authentication failure|permission denied|login: *$/i.test(plainOf(talk.text))) {
      throw new CodedError(
        'device-failed',
        `Device ${name}: ${path} refuses the password of ${user}.`,
        'Check user and password; another user is named with serial:PATH?user=NAME.',
      )
    }
    if (stateOf(talk.text) === 'shell') return true
    if (stateOf(talk.text) === 'password') break
  }
  throw new CodedError(
    'device-failed',
    `Device ${name}: after the login on ${path} there is no shell (it says "${printable(plainOf(talk.text).slice(-200), 80)}").`,
    'Log in on the console and do what it asks for.',
  )
}

const silent = (name: string, path: string, baud: number): CodedError =>
  new CodedError(
    'device-failed',
    `Device ${name}: nothing answers on ${path} at ${baud} baud.`,
    'Check that the board is on, its console is on this line (enable_uart=1, console=serial0,115200 on a Raspberry Pi), TX goes to RX, and the baud rate.',
  )
