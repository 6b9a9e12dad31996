import { expect, it } from 'vitest'
import { fuzz } from '../support/fuzz/run.ts'

/** Seconds of it, and the seed to begin with (a failure names its own). */
const seconds = Number(process.env.SPLITBENCH_FUZZ_S ?? 120)
const first = Number(process.env.SPLITBENCH_FUZZ_SEED ?? Date.now() % 1_000_000)

it(
  `damaged files for ${seconds} s from seed ${first}`,
  async () => {
    const until = Date.now() + 1000 * seconds
    const failures: string[] = []
    const outcomes: Record<string, number> = {}
    let [cases, peakMb, seed] = [0, 0, first]
    for (; Date.now() < until; seed++) {
      const report = await fuzz(seed, 300, until)
      failures.push(...report.failures)
      cases += report.cases
      peakMb = Math.max(peakMb, report.peakMb)
      for (const [code, count] of Object.entries(report.outcomes)) outcomes[code] = (outcomes[code] ?? 0) + count
    }
    process.stdout.write(
      `${cases} damaged files of seeds ${first} to ${seed - 1}: ${JSON.stringify(outcomes)}, at most ${Math.round(peakMb)} MB\n`,
    )
    expect(failures).toEqual([])
    expect(cases).toBeGreaterThan(0)
  },
  1000 * seconds + 60_000,
)
