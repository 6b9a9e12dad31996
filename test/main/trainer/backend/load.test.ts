import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { itWith } from '../../../support/requires.ts'

const source = resolve(import.meta.dirname, '../../../../src/main/trainer/backend/index.ts')

/** Loads a backend in a process of its own and computes something; gives stdout and what the process found. */
function load(options: string, before = ''): { stdout: string; found: Record<string, unknown> } {
  const program = `
    ${before}
    const { loadBackend } = await import(${JSON.stringify(source)})
    const { kernels, memory, ...found } = await loadBackend(${options})
    const sum = kernels.add(kernels.upload(Float32Array.of(1, 2), [2]), kernels.upload(Float32Array.of(3, 4), [2]))
    process.stderr.write('\\n@' + JSON.stringify({ ...found, sum: [...sum.dataSync()], ...memory() }) + '\\n')`
  const outcome = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  const line = outcome.stderr.split('\n').find((one) => one.startsWith('@'))
  if (!line) throw new Error(outcome.stderr)
  return { stdout: outcome.stdout, found: JSON.parse(line.slice(1)) }
}

describe('loadBackend', () => {
  itWith('tensorflow', 'loads TensorFlow, says where from, and writes nothing to stdout', () => {
    const { stdout, found } = load('{ threads: 2 }')
    expect(stdout).toBe('')
    expect(found).toMatchObject({ name: 'tensorflow', threads: 2, sum: [4, 6], numTensors: 3 })
    expect(found.origin).toMatch(/^(cdn|pip wheel)$/)
    expect(found.fingerprint).toMatchObject({
      backend: 'tensorflow',
      threads: 2,
      platform: `${process.platform}-${process.arch}`,
    })
    expect(found.degraded).toBeUndefined()
  })

  it('falls back to WebAssembly where TensorFlow does not load, and says why', () => {
    const { stdout, found } = load(
      '{ threads: 2 }',
      `const Module = (await import('node:module')).default
       const real = Module._load
       Module._load = (name, ...rest) => {
         if (name === '@tensorflow/tfjs-node') throw new Error('libtensorflow.so.2: cannot open shared object file')
         return real(name, ...rest)
       }`,
    )
    expect(stdout).toBe('')
    expect(found).toMatchObject({ name: 'wasm', origin: 'npm', threads: 1, sum: [4, 6] })
    expect(found.degraded).toContain('libtensorflow.so.2')
  })
})
