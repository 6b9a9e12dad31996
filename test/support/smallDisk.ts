import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** Runs `body` with a file system of its own of so many bytes, mounted at `path`. Needs root. */
export async function withSmallDisk(path: string, bytes: number, body: (path: string) => Promise<void>): Promise<void> {
  mkdirSync(path, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path])
  try {
    await body(path)
  } finally {
    execFileSync('umount', [path])
  }
}
