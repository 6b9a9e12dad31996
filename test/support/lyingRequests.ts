import type { Connection } from '#common/contract/channel.ts'

interface Liar {
  connection: Connection
  lie: string
  /** Text that would repaint a terminal. */
  evil: string
  conditions: object
  forever(): Promise<unknown>
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The lying agent's answers to profiles, power, and cooperative inference. */
export function lieElsewhere(liar: Liar): void {
  profileAndPower(liar)
  cooperation(liar)
}

function profileAndPower({ connection, lie, evil, forever }: Liar): void {
  const node = { name: evil, operator: evil, meanMs: 0.001, errorMs: 0 }
  const profiles: Record<string, object> = {
    'profile-nan': { runs: 50, nodes: [{ ...node, meanMs: Number.NaN }] },
    'profile-negative': { runs: 50, nodes: [{ ...node, errorMs: -1 }] },
    'profile-shape': { runs: 50, nodes: { 0: node } },
    'profile-huge': { runs: 50, nodes: [node, { ...node, meanMs: 1e300 }] },
    'profile-few': { runs: 1, nodes: [node] },
    'profile-fraction': { runs: 1.5, nodes: [node] },
  }
  connection.onRequest('profile', async () => {
    if (lie === 'profile-endless') {
      for (;;) {
        connection.emit('waiting', { pid: 1 })
        await connection.drained()
      }
    }
    if (lie === 'profile-oversized') return { runs: 50, nodes: Array(20_000).fill(node) }
    return profiles[lie] ?? { runs: 50, nodes: [node] }
  })

  connection.onRequest('powerMeter', async () =>
    lie === 'power-negative' ? { meter: 'm', watts: -1 } : { meter: evil.repeat(100), watts: null },
  )
  const readings = [0, 1, 2, 3].map((atMs) => ({ atMs, watts: 3 }))
  const energy = { meter: evil, idle: readings, active: readings, runs: 10, runMs: 1, readMs: null }
  const energies: Record<string, object> = {
    'energy-nan': { ...energy, runMs: Number.NaN },
    'energy-infinite': { ...energy, active: [{ atMs: 0, watts: Number.POSITIVE_INFINITY }] },
    'energy-negative': { ...energy, idle: readings.map(({ atMs }) => ({ atMs, watts: -5 })) },
    'energy-huge': { ...energy, idle: readings.map(({ atMs }) => ({ atMs, watts: 1e9 })) },
    'energy-claims': { ...energy, runMs: 1e9 },
    'energy-shape': { ...energy, active: 'none' },
  }
  connection.onRequest('energy', async (params) => {
    const { idleS, seconds } = params as { idleS: number; seconds: number }
    if (lie === 'energy-silent') return forever()
    if (lie !== 'energy-early') await later((idleS + seconds) * 1000)
    return energies[lie] ?? energy
  })
}

function cooperation({ connection, lie, evil, conditions, forever }: Liar): void {
  connection.onRequest('serveTail', async () => {
    if (lie === 'port-huge') return { port: 70_000 }
    if (lie === 'port-none') return { port: null }
    return { port: 9 }
  })
  connection.onRequest('endTail', async () => ({ answered: 0, failure: evil }))
  connection.onRequest('data', async () => ({}))

  connection.onRequest('probeLink', async (params) => {
    const { sizes } = params as { sizes: number[] }
    const each = (ms: number) => ({ roundTripMs: sizes.map(() => ms) })
    if (lie === 'probe-nan') return each(Number.NaN)
    if (lie === 'probe-negative') return each(-1)
    if (lie === 'probe-huge') return each(1e12)
    if (lie === 'probe-count') return { roundTripMs: [1] }
    return each(0)
  })

  connection.onRequest('cooperate', async (params) => {
    const { session, seconds, minIterations } = params as { session: string; seconds: number; minIterations: number }
    const emit = (count: number, parts: object = {}) => {
      const all = (ms: number) => Array(count).fill(ms)
      const whole = { wholeMs: all(1), headMs: all(0.5), encodeMs: all(0), answerMs: all(0.5), serverMs: all(0.1) }
      connection.emit('inferences', { session, ...whole, ...parts })
    }
    const result = (samples: number) => ({
      ...{ samples, images: 16, argmaxEqual: 16, error: 0, clockResolutionMs: 1e-4 },
      before: conditions,
      after: conditions,
    })
    const due = later(seconds * 1000)
    switch (lie) {
      case 'infer-nan':
        emit(2, { wholeMs: [1, Number.NaN] })
        break
      case 'infer-negative':
        emit(2, { headMs: [-0.5, -0.5] })
        break
      case 'infer-sum':
        emit(2, { wholeMs: [7, 7] })
        break
      case 'infer-server':
        emit(1, { serverMs: [3] })
        break
      case 'infer-uneven':
        emit(2, { headMs: [0.5] })
        break
      case 'infer-fast-clock':
        emit(1, { wholeMs: [1e7], headMs: [1e7], answerMs: [0], serverMs: [0] })
        break
      case 'infer-empty':
        emit(0)
        break
      case 'infer-oversized':
        emit(20_000)
        break
      case 'infer-endless':
        for (;;) {
          emit(5000, {
            wholeMs: Array(5000).fill(0),
            headMs: Array(5000).fill(0),
            answerMs: Array(5000).fill(0),
            serverMs: Array(5000).fill(0),
          })
          await connection.drained()
          await later(0)
        }
      case 'infer-early':
        emit(minIterations)
        return result(minIterations)
      case 'infer-few':
        emit(1)
        await due
        return result(1)
      case 'infer-miscount':
        emit(minIterations)
        await due
        return result(1e9)
      case 'infer-images':
        emit(minIterations)
        await due
        return { ...result(minIterations), argmaxEqual: 17 }
      case 'infer-error':
        emit(minIterations)
        await due
        return { ...result(minIterations), error: Number.POSITIVE_INFINITY }
      case 'infer-conditions':
        emit(minIterations)
        await due
        return { ...result(minIterations), after: { ...conditions, temperatureC: 1e9 } }
      case 'flood-of-data':
        for (;;) {
          connection.emit('data', { session, bytes: new Uint8Array(500_000) })
          await connection.drained()
          await later(0)
        }
    }
    return forever()
  })
}
