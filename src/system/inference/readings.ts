import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** A small file of the kernel's, without its line end or terminating zero; null where the machine has none. */
export async function readText(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  return text?.replace(/[\0\s]+$/, '') || null
}

/** A number in such a file; null where there is none or it is not one. */
export async function readNumber(path: string): Promise<number | null> {
  const text = await readText(path)
  const value = text === null ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

/** What a small tool prints; null where it is not there, fails, or takes longer than a second. */
export const outputOf = (command: string, ...args: string[]): Promise<string | null> =>
  new Promise((resolve) => {
    execFile(command, args, { timeout: 1000, encoding: 'utf8' }, (error, output) =>
      resolve(error ? null : output.trim()),
    )
  })
