import { lineChannel } from '../../../../system/lineChannel.ts'
import type { ExitInfo, WatchedChannel } from '../../../../system/watchedChild.ts'
import type { RawProgram } from './consoleShell.ts'
import type { PluggedLine } from './pluggedLine.ts'
import type { Talk } from './talk.ts'

const tailChars = 4096
/** An agent ends at once when it hears goodbye; an emulated board's shell needs a moment to say so. */
const graceMs = 5000
/** Its last words and its exit code, after the line has been closed by it. */
const lastWordsMs = 1500

/**
 * The agent behind a line as a process that is watched. `program`: what the console's shell has started; undefined for an
 * agent that was there before, and stays.
 */
export function agentChannel({
  line,
  talk,
  program,
  baud,
}: {
  line: PluggedLine
  talk: Talk
  program: RawProgram | undefined
  baud: number
}): WatchedChannel {
  let tail = ''
  let exit: ExitInfo | null = null
  const closeListeners = new Set<() => void>()
  let over = (): void => {}
  const gone = new Promise<void>((resolve) => {
    over = resolve
  })
  const finish = (info: ExitInfo): void => {
    if (exit) return
    exit = info
    for (const listener of closeListeners) listener()
    closeListeners.clear()
    over()
  }

  // A program that ended at once has said so already.
  const already = Buffer.from(talk.text, 'latin1')
  const onBytes = (listener: (bytes: Uint8Array) => void): void => {
    line.onBytes(listener)
    listener(already)
  }
  const channel = lineChannel(
    { ...line, onBytes },
    {
      role: 'caller',
      bytesPerSecond: baud / 10,
      onStray(bytes) {
        const text = Buffer.from(bytes).toString('latin1')
        // Noise has no last words.
        const strange = text.replace(/[\x20-\x7e\r\n\t]/g, '').length
        if (strange <= text.length / 8) tail = (tail + text).slice(-tailChars)
        const ended = program?.ended.exec(tail)
        if (!ended) return
        tail = tail.slice(0, ended.index)
        finish({ code: Number(ended[1]), signal: null })
      },
    },
  )
  channel.onClose(() => void settle())

  /** The conversation is over: why, as far as the line or the shell tells. */
  async function settle(): Promise<void> {
    if (exit) return
    const lost = line.lost()
    if (lost) return finish({ code: null, signal: null, lost: lost.message })
    const code = await program?.exitCode(lastWordsMs)
    if (code !== undefined) return finish({ code, signal: null })
    const why = {
      closed: undefined,
      restarted: `${line.place.path}: the board's end of the line was started anew.`,
      silent: `${line.place.path}: nothing has come over the line for too long.`,
    }[channel.end() ?? 'closed']
    finish({ code: null, signal: null, ...(why === undefined ? {} : { lost: why }) })
  }

  return {
    onBytes: (listener) => channel.onBytes(listener),
    send: (bytes) => channel.send(bytes),
    onClose(listener) {
      if (exit) listener()
      else closeListeners.add(listener)
    },
    stderrTail: () => tail,
    exit: () => exit,
    close: end,
    // Nothing can be killed over a line: it hears goodbye, and its shell has the line back before the port is let go.
    kill: () => void end(),
  }

  async function end(): Promise<void> {
    talk.forget()
    await channel.close()
    const timer = setTimeout(() => finish({ code: null, signal: null }), graceMs)
    await gone
    clearTimeout(timer)
  }
}
