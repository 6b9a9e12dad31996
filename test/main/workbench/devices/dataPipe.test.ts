import { expect, it } from 'vitest'
import { joinPipes, type Pipe } from '../../../../src/main/workbench/devices/link/pipe.ts'

/** A pipe whose far end takes nothing. */
function stuck() {
  let waiting = 0
  let sent: (bytes: Uint8Array) => void = () => {}
  let closed: () => void = () => {}
  const end = { ended: false, send: (bytes: Uint8Array) => sent(bytes) }
  const pipe: Pipe = {
    write: (bytes) => {
      waiting += bytes.length
    },
    backlog: () => waiting,
    onBytes: (listener) => {
      sent = listener
    },
    onClose: (listener) => {
      closed = listener
    },
    destroy: (() => {
      if (end.ended) return
      end.ended = true
      closed()
    }) as Pipe['destroy'],
  }
  return { ...end, pipe, ended: () => end.ended, waiting: () => waiting }
}

it('a data link ends, both ends of it, where one side sends without end what the other does not take', () => {
  const [flooding, slow] = [stuck(), stuck()]
  joinPipes(flooding.pipe, slow.pipe)
  const bytes = new Uint8Array(1024 * 1024)
  const largest = 64
  for (let i = 0; i < largest; i++) flooding.send(bytes)
  expect([flooding.ended(), slow.ended()]).toEqual([false, false])
  for (let i = 0; i < 10 * largest && !flooding.ended(); i++) flooding.send(bytes)
  expect([flooding.ended(), slow.ended()]).toEqual([true, true])
  expect(slow.waiting()).toBeLessThan(3 * largest * bytes.length)
})
