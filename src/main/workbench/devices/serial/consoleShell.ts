import { randomBytes } from 'node:crypto'
import { CodedError } from '#common/errors.ts'
import type { BoardShell, CommandOutcome, UploadOptions } from '../boardShell.ts'
import { printable } from '../printable.ts'
import { cksum } from './cksum.ts'
import { pieceBytes, piecesOf, readOutcome, shellFunctions } from './shellScript.ts'
import type { Talk } from './talk.ts'
import { uploadOverConsole } from './upload.ts'

/** Put together by the shell, so that an echo of the input is not taken for the prompt. */
const prompt = 'PS1="split""bench$ "'
const prompted = /splitbench\$ /
/** Full sentences of control characters would come out of a noisy line: no byte may stop or end the shell. */
const settings = 'stty -echo -opost -ixon eof undef susp undef quit undef'
const defaultTimeoutMs = 60_000
/** A short line of input is answered by then, also by an emulated board. */
const answerMs = 4000
const attempts = 25

/** A shell at a board's serial console. It is the one user of its line. */
export interface ConsoleShell extends BoardShell {
  readonly kind: 'serial'
  readonly lineBytesPerS: number
  upload(local: string, remote: string, options: UploadOptions): Promise<void>
  /** Runs a program that takes the line for itself, raw. Resolves when it has been started. */
  startRaw(command: string, signal?: AbortSignal): Promise<RawProgram>
  /** Gives the console back as it was, still logged in. */
  close(): Promise<void>
}

export interface RawProgram {
  /** What the shell says when it has ended. */
  readonly ended: RegExp
  /** Resolves with the exit code when the shell has the line back; undefined where that does not happen in time. */
  exitCode(timeoutMs: number): Promise<number | undefined>
}

/**
 * Makes a shell that answers in a way a program can trust out of the prompt that a console shows. Throws `device-failed`
 * where the board's shell does not understand that.
 */
export async function consoleShell(
  talk: Talk,
  { name, baud, signal }: { name: string; baud: number; signal: AbortSignal },
): Promise<ConsoleShell> {
  const failed = (what: string): CodedError =>
    new CodedError('device-failed', `Device ${name}: ${what}.`, 'Look at the console; then run the same command again.')
  const bytesPerS = baud / 10
  /** Something did not come through: from then on in small pieces. */
  let noisy = false
  /** A program had the line: what was meant for it may have reached the shell. */
  let dirty = false

  /** Sends a line until its answer comes: one of them was lost or changed by noise. Undefined after `tries`. */
  async function ask(line: string, answer: RegExp, within?: AbortSignal, tries = attempts) {
    for (let attempt = 0; attempt < tries; attempt++) {
      await talk.write(`${line}\n`)
      const ms = (attempt === 0 ? answerMs : 2000) + (1000 * line.length) / bytesPerS
      const found = await talk.until(answer, ms, within)
      if (found) return found
      noisy = true
      await interrupt(within)
    }
    return undefined
  }

  /** Out of a quotation that noise has opened, or of a command that does not end. */
  async function interrupt(within?: AbortSignal): Promise<void> {
    await talk.write('\u0003\n')
    await talk.quiet(150, 1000, within)
    dirty = false
  }

  /** Brings a text into the shell's variable c. */
  async function put(text: string, id: string, within?: AbortSignal): Promise<void> {
    if (dirty) await interrupt(within)
    const careful = noisy
    const { pieces, join } = piecesOf(text, id, careful ? pieceBytes.noisy : pieceBytes.clean)
    const all = [
      ...pieces.map(({ line, answer }) => ({ line, answer: new RegExp(`^${answer.replace('+', '\\+')}$`, 'm') })),
      { line: `${join};printf '\\n%s%s\\n' ${id} +`, answer: new RegExp(`^${id}\\+$`, 'm') },
    ]
    for (const { line, answer } of all) {
      if (await ask(line, answer, within, careful ? attempts : 1)) continue
      if (careful) throw failed('its console does not answer')
      return put(text, id, within)
    }
  }

  async function exec(
    command: string,
    { signal: within, timeoutMs = defaultTimeoutMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<CommandOutcome> {
    const deadline = performance.now() + timeoutMs
    const id = newId()
    const sum = cksum(Buffer.from(command, 'utf8'))
    talk.forget()
    try {
      await put(command, id, within)
      let line = `sb_run ${id} ${sum}`
      // Later a question: nothing is run twice because its answer was spoilt.
      for (let wait = 3000; ; wait = Math.min(wait * 2, 20_000)) {
        await talk.write(`${line}\n`)
        const left = deadline - performance.now()
        if (left <= 0) throw failed(`a command took over ${Math.round(timeoutMs / 1000)} s (${printable(command, 60)})`)
        const size = talk.text.length
        const found = await talk.until(
          new RegExp(`^${id}(?:=\\d+ \\d+ \\d+ \\d+ \\d+|[!?])$`, 'm'),
          Math.min(left, wait),
          within,
        )
        const outcome = found && readOutcome(found.input.slice(0, found.index + found[0].length), id)
        if (outcome) {
          const { code, stdout, stderr } = outcome
          return { code, signal: null, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
        }
        if (found?.[0].endsWith(`${id}!`)) await put(command, id, within)
        const never = found && /[!?]$/.test(found[0])
        line = never ? `sb_run ${id} ${sum}` : `sb_out ${id}`
        // As long as an answer is still coming there is no need to ask.
        if (!found && talk.text.length > size) await talk.quiet(300, Math.max(0, deadline - performance.now()), within)
      }
    } catch (error) {
      await interrupt().catch(() => {})
      throw error
    }
  }

  const shell: ConsoleShell = {
    name,
    kind: 'serial',
    lineBytesPerS: bytesPerS,
    exec,
    upload: (local, remote, options) =>
      uploadOverConsole({ talk, exec, failed, put, newId, bytesPerS, interrupt }, local, remote, options),
    async startRaw(command, within) {
      const id = newId()
      talk.forget()
      await put(command, id, within)
      dirty = true
      const sum = cksum(Buffer.from(command, 'utf8'))
      const ended = new RegExp(`^${id}~(\\d+)$`, 'm')
      for (let attempt = 0; ; attempt++) {
        await talk.write(`sb_raw ${id} ${sum}\n`)
        const found = await talk.until(new RegExp(`^${id}[@!#]$`, 'm'), answerMs, within)
        if (found?.[0].endsWith('@')) break
        if (found?.[0].endsWith('#')) throw failed('its terminal cannot be set raw (is stty there?)')
        if (attempt === 5) throw failed('its console does not start a program')
        if (found) await put(command, id, within)
        // It may have begun, and only its word was lost: then the first frame will tell.
        else break
      }
      return {
        ended,
        async exitCode(timeoutMs) {
          const found = await talk.until(ended, timeoutMs)
          if (found) return Number(found[1])
          await interrupt()
          const asked = await ask(`sb_end ${id}`, new RegExp(`^${id}(?:~(\\d+)|\\?)$`, 'm'), undefined, 2)
          return asked?.[1] === undefined ? undefined : Number(asked[1])
        },
      }
    },
    async close() {
      await talk.write('\u0003\nexit\n').catch(() => {})
      await talk.quiet(150, 1000).catch(() => {})
    },
  }

  // The user's own shell may be any: it only has to start this one. A leading space keeps it out of the history.
  talk.forget()
  await talk.write(` ${settings};env ${prompt} PS2= ENV= LC_ALL=C sh -i;stty sane\r`)
  const seen = await talk.until(prompted, answerMs * 2, signal)
  if (!seen) await talk.write('\r')
  if (!seen && !(await talk.until(prompted, answerMs, signal))) throw failed('its console starts no sh')
  const id = newId()
  await put(shellFunctions, id, signal)
  const sum = cksum(Buffer.from(shellFunctions, 'utf8'))
  const ready = await ask(
    `[ "$(printf %s "$c"|cksum)" = "${sum}" ]&&eval "$c"&&printf '\\n%s%s\\n' ${id} R`,
    new RegExp(`^${id}R$`, 'm'),
    signal,
  )
  if (!ready) throw failed('its shell does not understand what a POSIX shell does')
  return shell
}

/** Letters only, so that it is nothing special to any program that it passes. */
const newId = (): string =>
  `sb${randomBytes(4)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!)}`
