import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodeFeatures } from '#common/wire/codec.ts'
import { goldenJpeg, goldens } from '../fixtures/goldenBytes.ts'
import { describeWith } from '../support/requires.ts'
import { kitFolder } from './virtualPi/kit.ts'
import type { VirtualPi } from './virtualPi/virtualPi.ts'
import { startVirtualPi } from './virtualPi/virtualPi.ts'

const repository = resolve(import.meta.dirname, '..', '..')
const hex = (bytes: ArrayLike<number>): string => Buffer.from(Uint8Array.from(bytes)).toString('hex')

describeWith('qemu-arm64', 'the byte codecs on an arm64 board', () => {
  let folder = ''
  let pi: VirtualPi
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-golden-'))
    await chmod(folder, 0o755) // pi is somebody else
    await build({
      configFile: false,
      root: repository,
      logLevel: 'error',
      resolve: { alias: { '#common': join(repository, 'src', 'common') } },
      ssr: { noExternal: true },
      build: {
        ssr: join(repository, 'test', 'support', 'goldenProgram.ts'),
        outDir: folder,
        rollupOptions: { output: { entryFileNames: 'golden.mjs' } },
      },
    })
    pi = await startVirtualPi()
    await pi.mount(join(kitFolder(pi.arch), 'opt'), '/opt')
    await pi.mount(folder, '/opt/agent')
  })
  afterAll(async () => {
    await pi?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('write and read the frozen bytes', async () => {
    const { stdout } = await pi.exec('/opt/bin/node /opt/agent/golden.mjs')
    expect(JSON.parse(stdout)).toEqual({
      payloads: goldens.map(({ payload }) => hex(payload)),
      codes: goldens.map(({ codes }) => hex(codes)),
      jpeg: hex(decodeFeatures(goldenJpeg.payload, goldenJpeg.codec)),
    })
  })
})
