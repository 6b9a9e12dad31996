/** What a command on a board left behind. Output is bounded; a board that talks without end is cut off. */
export interface CommandOutcome {
  /** Null where a signal ended it or the connection broke. */
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

export interface UploadOptions {
  /** Bytes of the file that the board has already. */
  offset: number
  onProgress(done: number): void
  signal: AbortSignal
}

/** A shell on a board: over SSH, or logged in at a serial console. Everything that sets a board up needs no more. */
export interface BoardShell {
  /** As the user named the device; for messages. */
  readonly name: string
  readonly kind: 'ssh' | 'serial'
  /**
   * Payload bytes per second that a slow way in can carry at most (a serial line); undefined where nobody need be asked
   * before a runtime of some 50 MB is sent.
   */
  readonly lineBytesPerS?: number
  /** Runs a POSIX sh command line. Throws `device-failed` where the connection breaks or it takes over `timeoutMs`. */
  exec(command: string, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<CommandOutcome>
  /**
   * Writes a local file's bytes from `offset` on into the remote path (which is `~`-free: relative to the home folder, or
   * absolute). Undefined where the way in is too slow for large files: a serial line.
   */
  upload?(local: string, remote: string, options: UploadOptions): Promise<void>
}
