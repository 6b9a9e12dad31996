import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { ServerChannel } from 'ssh2'
import ssh2 from 'ssh2'
import { newKeyPair } from '../../support/sshKeys.ts'

const { Server } = ssh2

export interface SshServer {
  readonly port: number
  /** The host key's line as known_hosts has it, without the names. */
  publicKey(): string
  fingerprint(): string
  /** "user method" of every try to log in, in order. */
  readonly logins: string[]
  /** SHA256 of the keys that were offered. */
  readonly offered: string[]
  /** Stops and starts again on the same port, with another host key. */
  changeKey(): Promise<void>
  stop(): Promise<void>
}

const sha256 = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
export const fingerprintOf = (publicKey: string): string => sha256(Buffer.from(publicKey.split(' ')[1]!, 'base64'))

const noCommands = (stream: ServerChannel): void => {
  stream.stderr.write('no commands here\n')
  stream.exit(127)
  stream.end()
}

/** A real SSH server that writes down who tried to log in and how; whatever command is asked for, `command` is run. */
export async function startSshServer(
  password: string,
  command: (stream: ServerChannel, line: string) => void = noCommands,
): Promise<SshServer> {
  const logins: string[] = []
  const offered: string[] = []
  let keys = newKeyPair()
  let port = 0
  let server: InstanceType<typeof Server>

  async function start(): Promise<void> {
    const connections = new Set<{ end(): void }>()
    server = new Server({ hostKeys: [keys.private] }, (client) => {
      connections.add(client)
      client.on('error', () => {})
      client.on('close', () => connections.delete(client))
      client.on('authentication', (context) => {
        logins.push(`${context.username} ${context.method}`)
        if (context.method === 'publickey') offered.push(sha256(context.key.data))
        if (context.method === 'password' && context.password === password) return context.accept()
        context.reject(['publickey', 'password'])
      })
      client.on('session', (accept) => {
        accept().on('exec', (take, _, { command: line }) => command(take(), line))
      })
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    stopNow = () =>
      new Promise((resolve) => {
        for (const client of connections) client.end()
        server.close(() => resolve())
      })
  }
  let stopNow: () => Promise<void> = async () => {}
  await start()
  return {
    get port() {
      return port
    },
    publicKey: () => keys.public.split(' ').slice(0, 2).join(' '),
    fingerprint: () => fingerprintOf(keys.public),
    logins,
    offered,
    async changeKey() {
      await stopNow()
      keys = newKeyPair()
      await start()
    },
    stop: () => stopNow(),
  }
}

/** A host's name as OpenSSH hides it in known_hosts: |1|salt|HMAC-SHA1. */
export function hashedHost(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
