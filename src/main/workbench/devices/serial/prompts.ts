import { decodeFrame, maxPieceBytes } from '#common/wire/line/frame.ts'
import { PieceCutter } from '#common/wire/line/stuffing.ts'

/** What a serial line is up to, by the last that it said. */
export type LineState =
  | 'agent'
  | 'login'
  | 'password'
  | 'shell'
  /** A kernel or a boot loader is talking. */
  | 'booting'
  /** Bytes that are no text: the other end runs at another rate. */
  | 'garbled'
  | 'silent'
  /** Text that means nothing to this program. */
  | 'other'

/** `text`: what came, bytes as Latin-1. Pure. */
export function stateOf(text: string): LineState {
  if (text === '') return 'silent'
  if (holdsFrame(text)) return 'agent'
  const plain = plainOf(text)
  const last = plain.slice(plain.lastIndexOf('\n') + 1)
  if (/(^|[^\w])login: *$/i.test(last) && !/last login/i.test(last)) return 'login'
  if (/pass(word|phrase)[^:\n]*: *$/i.test(last)) return 'password'
  if (
    /^\[ *\d+\.\d{3,}\]|U-Boot|Starting kernel|\bBooting Linux\b|\[ {0,2}(OK|\*+) {0,2}\]/m.test(plain.slice(-2000))
  ) {
    return /[$#%>] ?$/.test(last) && !/^\[/.test(last) ? 'shell' : 'booting'
  }
  if (last.length < 200 && /[$#%>] ?$/.test(last)) return 'shell'
  const strange = [...text].filter(isStrange).length
  if (strange > text.length / 4) return 'garbled'
  return plain.trim() === '' ? 'silent' : 'other'
}

/** Without escape sequences and carriage returns. */
export const plainOf = (text: string): string => text.replace(escapes, '').replace(/\r/g, '')

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_=>])/g

/** Of no text in any language that a console speaks. */
const isStrange = (char: string): boolean => char > '~' || (char < ' ' && !'\r\n\t\b\u001b\u0007'.includes(char))

function holdsFrame(text: string): boolean {
  if (!text.includes('\0')) return false
  let found = false
  new PieceCutter(maxPieceBytes).push(Buffer.from(text, 'latin1'), (piece, whole) => {
    found ||= whole && decodeFrame(piece)?.kind === 'hello'
  })
  return found
}
