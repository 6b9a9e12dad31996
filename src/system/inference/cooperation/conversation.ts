import { CodedError } from '#common/errors.ts'
import type { FrameHeader } from '#common/wire/header.ts'
import { encodeFrame, FrameCutter } from '#common/wire/message.ts'
import type { DataEnd } from './dataEnd.ts'

/** The device's end of a data link: one frame goes out, its answer is awaited, then the next. */
export interface Conversation {
  /** Resolves with the answer's payload; fails with `device-failed`, `protocol-violated` or `cancelled`. */
  ask(payload: Uint8Array): Promise<Uint8Array<ArrayBuffer>>
  close(): void
}

interface ConversationOptions {
  end: DataEnd
  /** The first bytes on the connection. */
  token: Uint8Array
  header: Pick<FrameHeader, 'partition' | 'codec'>
  /** The largest answer that is accepted. */
  maxAnswer: number
  /** How long an answer may take. */
  answerMs: number
  signal: AbortSignal
}

/** Begins the connection with its token. The conversation is over with the first error. */
export function converse({ end, token, header, maxAnswer, answerMs, signal }: ConversationOptions): Conversation {
  const cutter = new FrameCutter(maxAnswer)
  let frame = 0
  let waiting: { resolve(payload: Uint8Array<ArrayBuffer>): void; reject(error: unknown): void } | undefined
  let over: unknown
  const fail = (error: unknown): void => {
    over ??= error
    waiting?.reject(over)
    waiting = undefined
    end.close()
  }
  const abort = (): void => fail(new CodedError('cancelled', 'Cancelled.'))
  signal.addEventListener('abort', abort, { once: true })
  end.onClose(() => fail(new CodedError('device-failed', 'The server closed the data link.', 'Look at its state.')))
  end.onBytes((bytes) => {
    try {
      cutter.push(bytes, (answer, payload) => {
        if (!waiting) throw violated('an answer that nobody asked for')
        if (answer.frame !== frame || answer.partition !== header.partition || answer.codec !== header.codec) {
          throw violated(`an answer to frame ${answer.frame} where frame ${frame} was asked`)
        }
        const { resolve } = waiting
        waiting = undefined
        resolve(payload)
      })
    } catch (error) {
      fail(error)
    }
  })
  if (signal.aborted) abort()
  else end.send(token)

  return {
    async ask(payload) {
      if (over) throw over
      frame = (frame + 1) >>> 0
      const answer = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
        waiting = { resolve, reject }
      })
      const timer = setTimeout(() => {
        const seconds = answerMs / 1000
        fail(new CodedError('device-failed', `No answer over the data link for ${seconds.toPrecision(2)} s.`))
      }, answerMs)
      end.send(encodeFrame({ frame, ...header }, payload))
      try {
        return await answer
      } finally {
        clearTimeout(timer)
      }
    },
    close() {
      signal.removeEventListener('abort', abort)
      over ??= new Error('the conversation is closed')
      end.close()
    },
  }
}

const violated = (what: string): CodedError => new CodedError('protocol-violated', `The server sent ${what}.`)
