import { describe, expect, it, vi } from 'vitest'
import type { FakeElectron } from '../support/electron.ts'

vi.mock('electron', async () => (await import('../support/electron.ts')).fakeElectron())
const electron = (await import('electron')) as unknown as FakeElectron

describe('the preload', () => {
  it('exposes a way to connect, and nothing else', async () => {
    await import('../../src/preload/index.ts')
    const [name, api] = electron.contextBridge.exposeInMainWorld.mock.lastCall! as [string, Record<string, unknown>]
    expect(name).toBe('splitbench')
    expect(Object.keys(api).sort()).toEqual(['connect', 'onCommand', 'openWorkspace', 'pathOf', 'platform'])
  })
})
