import { afterEach, describe, expect, it, vi } from 'vitest'
import { startLines } from '../../scripts/setup/start.mjs'

describe('npm start', () => {
  const said = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  afterEach(() => said.mockClear())
  const words = () => said.mock.calls.map(([text]) => text).join('')

  it('opens the browser where it is asked to, and says so', async () => {
    const [line] = await startLines(['--web', '--workspace', 'w'])
    expect(line![0]).toMatch(/server\.js$/)
    expect(line!.slice(1)).toEqual(['--workspace', 'w'])
    expect(words()).toMatch(/in the browser.*asked for/)
    expect((await startLines(['--port', '0']))[0]![0]).toMatch(/server\.js$/)
  })

  it.runIf(process.platform === 'linux')('says why there can be no window', async () => {
    const { whyNoWindow } = await import('../../scripts/setup/electron.mjs')
    expect(await whyNoWindow({})).toMatch(/no display/)
    if (process.getuid?.() === 0) expect(await whyNoWindow({ DISPLAY: ':0' })).toMatch(/root/)
  })
})
