/** An agent that breaks the rules, run as a process: `node lyingAgent.ts <lie>`. */
import { closeSync } from 'node:fs'
import { connect } from '#common/contract/channel.ts'
import { CodedError } from '#common/errors.ts'
import { processChannel } from '../../src/system/stdio.ts'
import { lieElsewhere } from './lyingRequests.ts'

const lie = process.argv[2]!
const write = process.stdout.write.bind(process.stdout)
const connection = connect(processChannel())
const evil = '\u001b[2J\u001b]0;owned\u0007evil\u202e\u0000 text\nline'
const conditions = { clockMhz: null, temperatureC: 40, throttled: evil, governor: null, load1: 0 }
const forever = () => new Promise(() => setInterval(() => {}, 1000))
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

connection.onRequest('hello', async () => {
  if (lie === 'silent') return forever()
  if (lie === 'garbage') write('Last login: Mon\n')
  if (lie === 'huge-frame') write(Uint8Array.of(0x53, 0x42, 0x52, 0x50, 0xff, 0xff, 0xff, 0xff))
  if (lie === 'array-bomb') write(Uint8Array.of(0x53, 0x42, 0x52, 0x50, 0, 0, 0, 5, 0xdd, 0x7f, 0xff, 0xff, 0xff))
  if (lie === 'stubborn-stdout') closeSync(1)
  if (lie === 'exit-132') process.exit(132)
  if (lie === 'illegal') process.kill(process.pid, 'SIGILL')
  if (lie === 'exit-3') {
    process.stderr.write(`first line\n${evil} last words\n\n`)
    process.exit(3)
  }
  const number = lie === 'wrong-type' ? 'four' : lie === 'negative-cores' ? -4 : 4
  return {
    arch: evil,
    os: 'x'.repeat(100_000),
    cpu: 'c',
    cores: number,
    memoryBytes: 1,
    board: null,
    kernel: 'k',
    runtime: 'r',
    agent: 'a',
    emulated: false,
  }
})
connection.onRequest('conditions', async () => {
  if (lie === 'hot') return { ...conditions, temperatureC: 1e30 }
  if (lie === 'flood-of-requests') for (;;) void connection.request('conditions', {}, () => new Error() as never)
  return conditions
})
connection.onRequest('missing', async (params) => {
  const { hashes } = params as { hashes: string[] }
  if (lie === 'other-files') return { files: [{ hash: '0'.repeat(64), received: 5 }] }
  if (lie === 'path-trick') return { files: [{ hash: '../../etc/passwd', received: 0 }] }
  return { files: hashes.map((hash) => ({ hash, received: 1e12 })) }
})
connection.onRequest('push', async () => {
  if (lie === 'never-there') throw Object.assign(new Error('unreachable'))
  return { received: 0 }
})
connection.onRequest('check', async () => {
  const result = { ok: true, error: 0, maxLevels: 0, reason: null as string | null }
  if (lie === 'check-nan') return { ...result, error: Number.NaN }
  if (lie === 'check-far') return { ...result, error: 0.5 }
  if (lie === 'check-both') return { ...result, reason: 'no' }
  return { ...result, ok: false, reason: evil }
})
connection.onRequest('time', async (params, signal) => {
  const { timing } = params as { timing: string }
  const emit = (modelMs: unknown[], codecMs: unknown[] = modelMs.map(() => 0), more: object = {}) =>
    connection.emit('samples', { timing, side: 0, round: 0, atMs: 0, modelMs, codecMs, ...more })
  const result = (samples = 0) => ({
    sides: [{ samples, warmup: 1, steady: true }],
    before: conditions,
    after: conditions,
    clockResolutionMs: 1e-4,
  })
  if (lie === 'nan') emit([1, Number.NaN])
  else if (lie === 'infinite') emit([Number.POSITIVE_INFINITY])
  else if (lie === 'negative') emit([1, -1])
  else if (lie === 'uneven') emit([1, 2], [0])
  else if (lie === 'fast-clock') emit([1e7])
  else if (lie === 'deaf') return forever()
  else if (lie === 'early') {
    emit(Array(100).fill(0.1))
    return result(100)
  } else if (lie === 'miscount') {
    await later(250)
    emit(Array(100).fill(1))
    return result(1_000_000)
  } else if (lie === 'instant') {
    await later(250)
    emit(Array(100).fill(0))
    return result(100)
  } else if (lie === 'too-few') {
    await later(250)
    emit([1])
    return result(1)
  } else if (lie === 'endless') {
    for (;;) {
      emit(Array(20_000).fill(0))
      await connection.drained()
      await later(0)
    }
  } else if (lie === 'empty-batches') {
    for (;;) {
      emit([])
      await connection.drained()
      await later(100)
    }
  } else if (lie === 'only-conditions') {
    for (;;) {
      connection.emit('conditions', { timing, atMs: 0, conditions })
      await later(500)
    }
  } else if (lie === 'other-side') emit([1], [0], { side: 1 })
  else if (lie === 'other-round') emit([1], [0], { round: 1 })
  else if (lie === 'future') emit([1], [0], { atMs: 1e9 })
  else if (lie === 'no-sides') {
    await later(250)
    return { ...result(), sides: [] }
  } else if (lie === 'endless-conditions') {
    for (;;) {
      connection.emit('conditions', { timing, atMs: 0, conditions })
      await connection.drained()
      await later(0)
    }
  } else if (lie === 'foreign-events') {
    for (;;) {
      connection.emit('samples', { timing: 'another', side: 0, round: 0, atMs: 0, modelMs: [1], codecMs: [1] })
      connection.emit('nonsense', { a: 1 })
      await connection.drained()
      await later(0)
    }
  } else if (lie === 'pretends-cancel') throw new CodedError('cancelled', 'x')
  else if (lie === 'fails-oddly') throw Object.assign(new Error(evil), { code: 'ENOSPC', path: evil })
  else if (lie === 'dies-in-timing') {
    emit([1, 1])
    await connection.drained()
    process.kill(process.pid, 'SIGKILL')
  }
  if (signal.aborted) return result()
  return forever()
})
lieElsewhere({ connection, lie, evil, conditions, forever })
connection.onClose(() => {
  if (lie !== 'stays' && lie !== 'stubborn-stdout') process.exit(0)
})
connection.listen()
if (lie === 'stubborn-stdout' || lie === 'stays') setInterval(() => {}, 1000)
