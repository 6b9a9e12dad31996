import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import { SimulatedLine } from './simulatedLine.ts'

const noise = (length: number, seed: number): Uint8Array => {
  const rng = random(seed, 'bytes')
  return Uint8Array.from({ length }, () => rng.below(256))
}
const same = (received: number[], sent: Uint8Array): boolean =>
  received.length === sent.length && sent.every((byte, i) => byte === received[i])

describe('a serial line that is clean', () => {
  it.each([115_200, 921_600])('carries 1 MB at %i baud near its capacity', (baud) => {
    const line = new SimulatedLine({ baud, latencyMs: 10 })
    const sent = noise(1_000_000, baud)
    line.caller.write(sent)
    expect(line.run(() => line.received.answerer.length >= sent.length, 120_000)).toBe(true)
    expect(same(line.received.answerer, sent)).toBe(true)
    expect(sent.length / (line.now / 1000) / (baud / 10)).toBeGreaterThan(0.94)
  })

  it('carries both ways at once, and little when there is nothing to say', () => {
    const line = new SimulatedLine()
    const [a, b] = [noise(20_000, 1), noise(30_000, 2)]
    line.caller.write(a)
    line.answerer.write(b)
    const done = () => line.received.answerer.length >= a.length && line.received.caller.length >= b.length
    expect(line.run(done, 20_000)).toBe(true)
    expect(same(line.received.answerer, a) && same(line.received.caller, b)).toBe(true)
    const before = line.carried.caller + line.carried.answerer
    line.run(() => false, 60_000)
    expect(line.ends).toEqual({})
    expect(line.carried.caller + line.carried.answerer - before).toBeLessThan(6000)
  })
})

describe('a serial line with noise', () => {
  it.each([
    [1e-5, 0.85],
    [1e-4, 0.6],
    [5e-4, 0.25],
  ])('of %f per bit carries everything, at %f of its capacity or more', (flips, share) => {
    const line = new SimulatedLine({ baud: 921_600, latencyMs: 10, flips })
    const sent = noise(300_000, 3)
    line.caller.write(sent)
    expect(line.run(() => line.received.answerer.length >= sent.length, 120_000)).toBe(true)
    expect(same(line.received.answerer, sent)).toBe(true)
    expect(sent.length / (line.now / 1000) / 92_160).toBeGreaterThan(share)
  })

  it('never delivers anything else than what was sent', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(1_000_000),
          baud: fc.constantFrom(9600, 115_200, 921_600),
          flips: fc.constantFrom(0, 1e-5, 1e-4, 1e-3),
          drops: fc.constantFrom(0, 1e-4, 1e-3),
          doubles: fc.constantFrom(0, 1e-4, 1e-3),
          there: fc.nat(5000),
          back: fc.nat(2000),
          cutAt: fc.option(fc.nat(1000)),
        }),
        ({ seed, baud, there, back, cutAt, ...faults }) => {
          const line = new SimulatedLine({ seed, baud, ...faults })
          const [a, b] = [noise(there, seed), noise(back, seed + 1)]
          line.caller.write(a)
          line.answerer.write(b)
          const { caller, answerer } = line.received
          const done = () => caller.length >= b.length && answerer.length >= a.length
          if (cutAt !== null) {
            line.run(done, cutAt)
            line.cut = true
            line.run(done, 4000)
            line.cut = false
            line.caller.resume(line.now)
          }
          expect(line.run(done, 400_000)).toBe(true)
          expect(same(answerer, a) && same(caller, b)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  }, 30_000)

  it('takes banners and messages of a kernel for what they are', () => {
    const line = new SimulatedLine()
    line.inject('caller', '\r\nRaspberry Pi OS\r\nraspberrypi login: ')
    const sent = noise(8000, 4)
    line.answerer.write(sent)
    for (let i = 0; i < 20; i++) {
      line.run(() => false, 40)
      line.inject('caller', `[   ${i}.0] usb 1-1: new device\r\n`)
    }
    expect(line.run(() => line.received.caller.length >= sent.length, 10_000)).toBe(true)
    expect(same(line.received.caller, sent)).toBe(true)
    expect(String.fromCharCode(...line.stray)).toContain('raspberrypi login: ')
  })
})

describe('the other end', () => {
  const opened = () => {
    const line = new SimulatedLine({ silenceS: 5 })
    expect(line.run(() => line.opened.caller && line.opened.answerer, 1000)).toBe(true)
    return line
  }

  it('is told goodbye', () => {
    const line = opened()
    line.caller.close(line.now)
    expect(line.run(() => line.ends.caller !== undefined, 1000)).toBe(true)
    expect(line.ends).toEqual({ caller: 'closed', answerer: 'closed' })
  })

  it('that does not answer a goodbye is not waited for', () => {
    const line = opened()
    line.cut = true
    line.caller.close(line.now)
    expect(line.run(() => line.ends.caller === 'closed', 1000)).toBe(true)
    expect(line.run(() => line.ends.answerer === 'silent', 10_000)).toBe(true)
  })

  it('that says nothing any more is given up', () => {
    const line = opened()
    const began = line.now
    line.cut = true
    expect(line.run(() => line.ends.caller !== undefined && line.ends.answerer !== undefined, 20_000)).toBe(true)
    expect(line.ends).toEqual({ caller: 'silent', answerer: 'silent' })
    expect(line.now - began).toBeGreaterThan(4000)
    expect(line.now - began).toBeLessThan(9000)
  })

  it('that was never there is given up by the caller, and waited for by the answerer', () => {
    const line = new SimulatedLine({ silenceS: 5 })
    line.cut = true
    expect(line.run(() => line.ends.caller === 'silent', 7000)).toBe(true)
    line.run(() => false, 100_000)
    expect(line.ends.answerer).toBeUndefined()
  })

  it('is recognised when it was started anew, by a caller and by an answerer', () => {
    const one = opened()
    one.answerer = one.machine('answerer', 77, 5)
    one.caller.write(noise(100, 1))
    expect(one.run(() => one.ends.caller !== undefined, 1000)).toBe(true)
    expect(one.ends.caller).toBe('restarted')
    expect(one.received.answerer).toEqual([])

    const two = opened()
    two.caller = two.machine('caller', 78, 5)
    expect(two.run(() => two.ends.answerer !== undefined, 1000)).toBe(true)
    expect(two.ends.answerer).toBe('restarted')
  })

  it('may be late for a minute without being given up', () => {
    const line = opened()
    line.now += 60_000
    line.run(() => false, 3000)
    expect(line.ends).toEqual({})
  })

  it('of a free agent makes itself known when a new line is typed', () => {
    const line = new SimulatedLine()
    line.caller = line.machine('caller', 0x7fffffff, 30)
    line.cut = true
    line.run(() => false, 100)
    line.cut = false
    line.inject('answerer', '\r')
    const carried = line.carried.answerer
    line.run(() => line.carried.answerer > carried, 500)
    expect(line.carried.answerer).toBeGreaterThan(carried)
  })
})
