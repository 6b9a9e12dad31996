/**
 * The closed set of errors that cross a process wall or reach a user. Every one says what happened and why (`message`)
 * and what to do next (`hint`); `data` is for programs. The exit code follows from the code, in one place.
 */
export const errorCodes = {
  /** Bad usage or bad input, found before anything ran: exit 2. */
  'bad-usage': 2,
  'bad-data': 2,
  'bad-network': 2,
  'unknown-name': 2,
  'bad-output': 2,
  /** It ran and failed: exit 1. */
  'disk-full': 1,
  'io-failed': 1,
  'trainer-died': 1,
  'trainer-failed': 1,
  'out-of-memory': 1,
  'device-failed': 1,
  'device-unsupported': 1,
  'check-failed': 1,
  'timing-refused': 1,
  'download-failed': 1,
  'component-missing': 1,
  'protocol-violated': 1,
  'run-busy': 1,
  /** Limits that no candidate fits; `data` says what is nearest. */
  'nothing-fits': 1,
  /** A door was asked by someone who may not: no token, a foreign page, a path outside. */
  'access-refused': 1,
  internal: 1,
  /** The user cancelled: exit 130. */
  cancelled: 130,
} as const

export type ErrorCode = keyof typeof errorCodes

export interface ErrorShape {
  code: ErrorCode
  message: string
  hint?: string
  data?: Record<string, unknown>
}

export class CodedError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly data: Record<string, unknown> | undefined

  constructor(code: ErrorCode, message: string, hint?: string, data?: Record<string, unknown>) {
    super(message)
    this.name = 'CodedError'
    this.code = code
    this.hint = hint
    this.data = data
  }

  get exitCode(): number {
    return errorCodes[this.code]
  }
}

export const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && code in errorCodes

/** What crosses a wall. Unknown errors become `internal`, with their text but without a stack. */
export function toErrorShape(error: unknown): ErrorShape {
  if (error instanceof CodedError) {
    return { code: error.code, message: error.message, hint: error.hint, data: error.data }
  }
  const known = ioErrorShape(error) ?? memoryErrorShape(error)
  if (known) return known
  if (error instanceof Error && error.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled.' }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}

export function fromErrorShape(shape: ErrorShape): CodedError {
  return new CodedError(isErrorCode(shape.code) ? shape.code : 'internal', shape.message, shape.hint, shape.data)
}

const ioReasons: Record<string, [ErrorCode, string, string]> = {
  ENOSPC: [
    'disk-full',
    'the disk is full',
    'Free some space or choose another folder with --out, then run the same command again: it resumes.',
  ],
  EDQUOT: [
    'disk-full',
    'the disk quota is used up',
    'Free some space or choose another folder with --out, then run the same command again: it resumes.',
  ],
  EACCES: ['io-failed', 'permission denied', 'Check the permissions of the file or folder, or choose another one.'],
  EPERM: [
    'io-failed',
    'operation not permitted',
    'Check the permissions of the file or folder, or choose another one.',
  ],
  EROFS: ['io-failed', 'the file system is read-only', 'Choose another folder with --out.'],
  ENOENT: ['io-failed', 'no such file or folder', 'Check the path.'],
}

/** Node's system errors by their code, without importing Node. */
function ioErrorShape(error: unknown): ErrorShape | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path } = error as Error & { code?: string; path?: string }
  const reason = code === undefined ? undefined : ioReasons[code]
  if (!reason) return undefined
  return {
    code: reason[0],
    message: `${path ? `${path}: ` : ''}${reason[1]}.`,
    hint: reason[2],
    data: { system: code },
  }
}

/** How V8 and TensorFlow say that an allocation failed. */
const memoryWords = /Array buffer allocation failed|OOM when allocating|bad_alloc|Cannot allocate memory/i

function memoryErrorShape(error: unknown): ErrorShape | undefined {
  if (!(error instanceof Error) || !memoryWords.test(error.message)) return undefined
  return {
    code: 'out-of-memory',
    message: `There is not enough memory (${error.message.split('\n')[0].slice(0, 160)}).`,
    hint: 'Close other programs, or choose a smaller --width or --batch. The same command then resumes or starts over.',
  }
}
