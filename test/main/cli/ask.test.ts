import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Question } from '../../../src/main/workbench/devices/ask.ts'
import { itWith } from '../../support/requires.ts'

const program = join(import.meta.dirname, '../../support/askOnce.ts')
const password: Question = { kind: 'secret', what: 'password', prompt: 'Password of pi@board' }
const hostKey: Question = { kind: 'host-key', host: 'board', algorithm: 'ssh-ed25519', fingerprint: 'SHA256:abc' }

/** Runs it in a terminal (of util-linux's script) and types each line once its prompt is there. */
async function inTerminal(question: Question, ...typed: [prompt: RegExp, keys: string][]): Promise<string> {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', program, JSON.stringify(question)]
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const child = spawn('script', ['-qec', quoted, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let screen = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    const next = typed[0]
    if (!next?.[0].test(screen.slice(seen))) return
    typed.shift()
    seen = screen.length
    child.stdin.write(next[1])
  })
  await once(child, 'close')
  return screen
}

describe('a question on the terminal', () => {
  itWith('terminal', 'takes a secret without showing it, and lets it be corrected', async () => {
    const screen = await inTerminal(password, [/Password of pi@board: $/, 'wrong\u0015opqn\u007f sesame\r'])
    expect(screen).toContain('answer: "opq sesame"')
    expect(screen.replace(/answer: .*/, '')).not.toMatch(/wrong|sesame/)
  })

  itWith('terminal', 'shows the fingerprint, and agrees to nothing but yes', async () => {
    const prompt = /to decline: $/
    const agreed = await inTerminal(hostKey, [prompt, 'y\r'], [prompt, 'YES\r'])
    expect(agreed).toContain('ssh-ed25519 SHA256:abc')
    expect(agreed).toContain('answer: true')
    expect(await inTerminal(hostKey, [prompt, 'no\r'])).toContain('answer: false')
    expect(await inTerminal(hostKey, [prompt, '\u0004'])).toContain('answer: null')
  })

  it('is answered by nobody where there is no terminal', async () => {
    const child = spawn(process.execPath, [program, JSON.stringify(password)], { stdio: ['ignore', 'pipe', 'ignore'] })
    expect(String((await child.stdout.toArray()).join(''))).toContain('answer: null')
  })
})
