import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'
import { describeWith } from '../support/requires.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'splitbench-memory-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

describeWith('tensorflow', 'a trainer without enough memory', () => {
  it('ends with 1 and one clear line that says so', async () => {
    const through = ['bash', '-c', 'ulimit -v 5000000; exec "$@"', '-']
    // Width 4 has 235 million parameters: weights, gradients and momentum do not fit into 5 GB.
    const args = ['compare', '--profile', 'toy', '--width', '4', '--batch', '256', '--out', 'run']
    const { code, stderr } = await runCli(args, { cwd, through })
    expect(stderr).toMatch(/^splitbench: .*memory/m)
    expect(stderr).toMatch(/--width/)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(1)
    expect(existsSync(join(cwd, 'run'))).toBe(false)
  })
})
