import { describe, expect, it } from 'vitest'
import { isAllowed, licencesDocument, licensedPackages } from '../../scripts/package/licences.ts'

describe('the licences of what is shipped', () => {
  const packages = licensedPackages()

  it('all allow it', () => {
    expect(packages.length).toBeGreaterThan(100)
    const others = packages
      .filter(({ licence }) => !isAllowed(licence))
      .map(({ name, version, licence }) => `${name} ${version}: ${licence || 'none'}`)
    expect(others).toEqual([])
  })

  it('are judged as SPDX means them', () => {
    expect(
      ['MIT', '(MIT OR CC0-1.0)', 'GPL-3.0 OR MIT', '(BSD-3-Clause AND Apache-2.0)'].filter(isAllowed),
    ).toHaveLength(4)
    expect(['GPL-3.0', 'MIT AND GPL-3.0', '', 'SEE LICENSE IN x', 'LGPL-3.0 OR GPL-2.0'].filter(isAllowed)).toEqual([])
  })

  it('are told in the package: those of the built window, too', () => {
    const names = new Set(packages.map(({ name }) => name))
    for (const name of ['vue', 'naive-ui', 'echarts', '@tensorflow/tfjs-node', 'onnxruntime-node', 'ssh2', 'zrender']) {
      expect(names.has(name), name).toBe(true)
    }
    for (const name of ['electron', 'vitest', 'playwright', 'typescript', 'electron-builder']) {
      expect(names.has(name), name).toBe(false)
    }
    const document = licencesDocument()
    for (const { name, version, licence } of packages) expect(document).toContain(`${name} ${version}: ${licence}`)
    expect(document).toMatch(/Copyright \(c\) 2026 Splitbench contributors/)
    expect(document.match(/Permission is hereby granted/g)!.length).toBeGreaterThan(50)
  })
})
