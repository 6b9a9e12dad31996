import { CodedError } from '#common/errors.ts'

/**
 * A system error met while reading what the user named, as the user's `bad-data` (exit 2: found before anything ran).
 * Coded errors, and errors that do not come from the system, are returned as they are.
 */
export function unreadable(path: string, error: unknown): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error
  const { code, path: culprit } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  return new CodedError(
    'bad-data',
    `${culprit ?? path}: cannot be read (${code}).`,
    'Check the path and the permissions.',
  )
}
