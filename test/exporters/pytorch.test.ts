import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkImport, expectedOf, exporters, importFixtures, networks } from '../support/importing.ts'
import { describeWith } from '../support/requires.ts'

/** The stored files are of one version of PyTorch; this is what the one from pip writes today. */
describeWith('exporters', 'networks that PyTorch exports now', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-exporters-'))
    const { SPLITBENCH_EXPORTERS: python } = process.env
    execFileSync(python!, [join(importFixtures, 'make.py'), folder], { stdio: 'pipe', timeout: 280_000 })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('are all there', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'))
    expect(files.length).toBe(networks.length * exporters.length + 2)
    for (const file of files) expect(existsSync(join(importFixtures, file))).toBe(true)
  })

  for (const network of networks) {
    it(`${network}: the same logits, also with half of the channels`, async () => {
      for (const exporter of exporters) {
        await checkImport(join(folder, `${network}.${exporter}.onnx`), expectedOf(folder, network))
      }
    })
  }
})
