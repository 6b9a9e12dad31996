import { describe, expect, it } from 'vitest'
import type { Time } from '#common/contract/result.ts'
import { TimeAsker } from '../../../../src/main/trainer/experiment/timeAsker.ts'

const files = { head: 'h', tail: 't', split: 's', check: 'c' }
const time = (ms: number): Time => ({ median: ms, p95: ms, ci95: [ms, ms], n: 10, source: 'measured' })

describe('asking for times', () => {
  it('gives every question its own answer, in whatever order answers come', async () => {
    const asked: number[] = []
    const asker = new TimeAsker(({ ask }) => asked.push(ask))
    const { signal } = new AbortController()
    const [first, second] = [asker.ask('a', files, signal), asker.ask('b', files, signal)]
    asker.answer({ ask: asked[1]!, times: { device: time(2), server: time(3) }, failure: null })
    asker.answer({ ask: asked[0]!, times: { device: time(1), server: time(1) }, failure: null })
    expect((await first).device.median).toBe(1)
    expect((await second).device.median).toBe(2)
    // A second answer, or one to nothing, changes nothing.
    asker.answer({ ask: asked[0]!, times: null, failure: { code: 'internal', message: 'late' } })
    asker.answer({ ask: 99, times: null, failure: null })
  })

  it('fails with what the parent says', async () => {
    const asker = new TimeAsker(({ ask }) =>
      asker.answer({
        ask,
        times: null,
        failure: { code: 'device-failed', message: 'The board is gone.', hint: 'Look at it.' },
      }),
    )
    await expect(asker.ask('a', files, new AbortController().signal)).rejects.toMatchObject({
      code: 'device-failed',
      message: 'The board is gone.',
      hint: 'Look at it.',
    })
  })

  it('stops waiting when it is cancelled', async () => {
    const abort = new AbortController()
    const asker = new TimeAsker(() => {})
    const asked = asker.ask('a', files, abort.signal)
    abort.abort(new Error('cancelled'))
    await expect(asked).rejects.toThrow('cancelled')
    expect(() => asker.ask('b', files, abort.signal)).toThrow('cancelled')
  })
})
