/** SSH to a virtual Pi with as little as possible in between: for tests whose subject is not the workbench's own SSH. */
import { readFile } from 'node:fs/promises'
import ssh2 from 'ssh2'
import type { Transport } from '../../../src/main/workbench/devices/transport.ts'
import type { ExitInfo } from '../../../src/system/watchedChild.ts'
import type { VirtualPi } from './virtualPi.ts'

/** Node has Promise.withResolvers; the language level that the sources are checked at has not. */
function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  // Whoever waits for it hears of it; nobody waiting is no error.
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/** Logged in as pi by key, unless `login` says otherwise. Rejects with the connection's error. */
export async function logIn(pi: VirtualPi, login?: ssh2.ConnectConfig): Promise<ssh2.Client> {
  const client = new ssh2.Client()
  const { promise, resolve, reject } = withResolvers<void>()
  client.on('ready', resolve)
  client.on('error', reject)
  client.on('close', () => reject(new Error('closed')))
  client.connect({
    host: '127.0.0.1',
    port: pi.port,
    username: 'pi',
    hostVerifier: (key: Buffer) => key.toString('base64') === pi.hostKey().split(' ')[1],
    ...(login ?? { privateKey: await readFile(pi.keyFile) }),
  })
  await promise
  return client
}

/** What one command prints; rejects where the connection breaks before it ends. */
export async function overSsh(pi: VirtualPi, command: string, login?: ssh2.ConnectConfig): Promise<string> {
  const client = await logIn(pi, login)
  const { promise, resolve, reject } = withResolvers<string>()
  try {
    client.on('close', () => reject(new Error('closed')))
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let output = ''
      channel.on('data', (data: Buffer) => {
        output += data
      })
      channel.on('exit', (code: number | null) => {
        if (code === null) reject(new Error('closed'))
      })
      channel.on('close', () => resolve(output.trim()))
    })
    return await promise
  } finally {
    client.destroy()
  }
}

/** An agent that `command` (of installAgent) starts. */
export const agentOverSsh = (pi: VirtualPi, command: string): Transport => ({
  name: 'pi',
  kind: 'ssh',
  async open() {
    const client = await logIn(pi)
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)))
    })
    const gone = withResolvers<void>()
    let exit: ExitInfo | null = null
    let tail = ''
    channel.stderr.on('data', (data: Buffer) => {
      tail = (tail + data).slice(-4096)
    })
    channel.on('exit', (code: number | null, signal?: string) => {
      exit = { code, signal: signal ?? null }
    })
    client.on('error', () => {})
    client.on('close', () => gone.resolve())
    channel.on('close', () => client.end())
    return {
      onBytes: (listener) => void channel.on('data', listener),
      onClose: (listener) => void gone.promise.then(listener),
      send: (bytes) =>
        new Promise((resolve, reject) => channel.write(bytes, (error) => (error ? reject(error) : resolve()))),
      stderrTail: () => tail,
      exit: () => exit ?? { code: null, signal: null },
      async close() {
        channel.end()
        const timer = setTimeout(() => client.destroy(), 3000)
        await gone.promise
        clearTimeout(timer)
      },
      kill: () => void client.destroy(),
    }
  },
})
