import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { comparisonSchema } from '#common/contract/result.ts'
import { runCli } from '../support/cli.ts'
import { dataFolder, describeWith, itWith } from '../support/requires.ts'
import { withSmallDisk } from '../support/smallDisk.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'splitbench-full-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

describeWith('tensorflow', 'a disk that fills up during export', () => {
  describeWith('cifar-10-small', 'on real images', () => {
    itWith(
      'root',
      'ends with 1 and one clear line, leaves nothing half-written, and resumes when there is room',
      async () => {
        const disk = join(cwd, 'disk')
        const args = [
          'compare',
          '--profile',
          'toy',
          '--data',
          join(dataFolder, 'cifar-10-small'),
          '--out',
          'run',
          '--json',
        ]
        // Room for the checkpoints of the baseline and a few candidates of about 3.7 MB.
        await withSmallDisk(disk, 20_000_000, async () => {
          const { code, stdout, stderr } = await runCli(args, { cwd: disk })
          expect(stderr).toMatch(/splitbench: .*disk is full/)
          expect(stderr).not.toMatch(/\n\s+at /)
          expect(code).toBe(1)
          expect(stdout).toBe('')
          expect(existsSync(join(disk, 'run'))).toBe(false)
          const working = join(disk, '.running', 'run')
          const candidates = readdirSync(join(working, 'candidates'))
          expect(candidates.length).toBeGreaterThan(0)
          for (const id of candidates) {
            expect(readdirSync(join(working, 'candidates', id)).sort()).toEqual([
              'check.safetensors',
              'head.onnx',
              'split.json',
              'tail.onnx',
            ])
          }
          expect(readdirSync(join(working, 'stages')).filter((name) => name.includes('.tmp-'))).toEqual([])

          execFileSync('mount', ['-o', 'remount,size=400m', disk])
          const again = await runCli(args, { cwd: disk })
          expect(again.code).toBe(0)
          expect(comparisonSchema.parse(JSON.parse(again.stdout)).run.resumed).toBe(1)
          expect(readdirSync(disk)).toEqual(['run'])
        })
      },
    )
  })
})
