import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { random } from '#common/random.ts'
import { runCli, startCli } from '../support/cli.ts'
import { dataFolder, describeWith } from '../support/requires.ts'

/** SIGKILL at random moments of a toy run; the same command then resumes to the weights of an undisturbed run. */
const moments = 10
const seed = Number(process.env.SPLITBENCH_FAULT_SEED ?? Date.now() % 1e6)

const hashes = (comparison: Comparison): string[] => [
  comparison.baseline.weightsHash,
  ...comparison.candidates.map(
    (one) =>
      `${one.framework} ${one.step} ${one.partitionPoint} ${one.codec} ${one.hashes.weights} ${one.hashes.head} ${one.hashes.tail}`,
  ),
]

/** Descendants of a process, from /proc. */
function childrenOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? [Number(name)] : []
      } catch {
        return []
      }
    })
  return children
}

const isTrainer = (pid: number): boolean => /trainer/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))

describeWith('tensorflow', `SIGKILL at ${moments} random moments (SPLITBENCH_FAULT_SEED=${seed})`, () => {
  describeWith('cifar-10-small', 'on real images', () => {
    let cwd: string
    let undisturbed: string[]
    let durationMs: number
    const args = (out: string): string[] => [
      'compare',
      '--profile',
      'toy',
      '--data',
      join(dataFolder, 'cifar-10-small'),
      '--out',
      out,
      '--json',
    ]

    beforeAll(async () => {
      cwd = mkdtempSync(join(tmpdir(), 'splitbench-kill-'))
      const began = performance.now()
      const { code, stdout } = await runCli(args('undisturbed'), { cwd })
      durationMs = performance.now() - began
      expect(code).toBe(0)
      undisturbed = hashes(comparisonSchema.parse(JSON.parse(stdout)))
    })
    afterAll(() => rmSync(cwd, { recursive: true, force: true }))

    /** Starts the run and kills the victim after a share of the time; a run that was faster is tried again, earlier. */
    async function killed(
      victim: 'command' | 'trainer',
      share: number,
      attempt = 0,
    ): Promise<{ out: string; trainers: number[] }> {
      const out = `run-${victim}-${share.toFixed(3)}-${attempt}`
      const { child, finished } = startCli(args(out), { cwd })
      const over = await Promise.race([
        finished,
        new Promise<void>((resolve) => setTimeout(resolve, share * durationMs * 0.7 ** attempt)),
      ])
      const trainers = over ? [] : childrenOf(child.pid!).filter(isTrainer)
      if (over || (victim === 'trainer' && trainers.length === 0)) {
        if (!over) process.kill(child.pid!, 'SIGKILL')
        await finished
        if (attempt === 12) throw new Error('the run was never caught alive')
        return killed(victim, share, attempt + 1)
      }
      for (const pid of victim === 'command' ? [child.pid!] : trainers) process.kill(pid, 'SIGKILL')
      const { code, stderr } = await finished
      if (victim === 'trainer') {
        expect(code).toBe(1)
        expect(stderr).toMatch(/^splitbench: The trainer process was ended by SIGKILL/m)
        expect(stderr).toMatch(/resumes/)
      }
      return { out, trainers }
    }

    const rng = random(seed, 'moments')
    it.each(
      Array.from({ length: moments }, (_, index) => ({
        victim: index % 2 === 0 ? ('command' as const) : ('trainer' as const),
        share: rng.next() * (index % 2 === 0 ? 0.9 : 0.6),
      })),
    )('kill the $victim at $share of the run', async ({ victim, share }) => {
      const { out, trainers } = await killed(victim, share)
      // The orphaned trainer of a killed command sees its pipe close and goes.
      for (const pid of trainers) await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false)
      const { code, stdout, stderr } = await runCli(args(out), { cwd })
      expect(stderr).not.toMatch(/\n\s+at /)
      expect(code).toBe(0)
      expect(hashes(comparisonSchema.parse(JSON.parse(stdout)))).toEqual(undisturbed)
      expect(existsSync(join(cwd, '.running', out))).toBe(false)
    })
  })
})
