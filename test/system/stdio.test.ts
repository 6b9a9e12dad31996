import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connect } from '#common/contract/channel.ts'
import { client } from '#common/contract/rpc.ts'
import { childChannel } from '../../src/system/stdio.ts'

const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src', path))

/** A child that serves `serving` (a list of handlers) over its standard streams. */
function start(handlers: string) {
  const script = `
    import { connect } from ${source('common/contract/channel.ts')}
    import { processChannel } from ${source('system/stdio.ts')}
    const connection = connect(processChannel())
    const handlers = ${handlers}
    for (const [method, handler] of Object.entries(handlers)) connection.onRequest(method, handler)
    connection.onClose(() => process.exit(7))
    connection.listen()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const connection = connect(childChannel(child))
  const any = { params: z.unknown(), result: z.unknown() }
  const rpc = client(connection, { requests: { print: any, echo: any, die: any }, events: {} })
  connection.listen()
  return { child, rpc, stderr: () => stderr }
}

describe('standard streams', () => {
  it('carry the protocol while whatever is printed goes to stderr', async () => {
    const { child, rpc, stderr } = start(`{
      print: async () => {
        console.log('from console')
        process.stdout.write('from stdout\\n')
        return 'printed'
      },
    }`)
    expect(await rpc.request('print', {})).toBe('printed')
    child.stdin.end()
    expect((await once(child, 'close'))[0]).toBe(7)
    expect(stderr()).toContain('from console')
    expect(stderr()).toContain('from stdout')
  })

  it('carry megabytes each way at once, unharmed', async () => {
    const { child, rpc } = start('{ echo: async (params) => params }')
    const blobs = Array.from({ length: 12 }, (_, i) => new Uint8Array(1_000_000).fill(i))
    const echoes = await Promise.all(blobs.map((bytes) => rpc.request('echo', { bytes })))
    expect(echoes.map((echo) => (echo as { bytes: Uint8Array }).bytes.at(-1))).toEqual(blobs.map((_, i) => i))
    child.stdin.end()
    await once(child, 'close')
  })

  it('fail what waits when the child dies, and what is sent to a dead one', async () => {
    const { child, rpc } = start(`{ die: () => process.kill(process.pid, 'SIGKILL') }`)
    await expect(rpc.request('die', {})).rejects.toMatchObject({ code: 'internal' })
    await expect(rpc.request('echo', { bytes: new Uint8Array(2_000_000) })).rejects.toMatchObject({ code: 'internal' })
    expect(child.signalCode ?? (await once(child, 'close'))[1]).toBe('SIGKILL')
  })
})
