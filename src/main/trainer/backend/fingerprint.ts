import { readFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'

export type Fingerprint = Record<string, string | number>

/** Instruction sets that numeric libraries choose their code by. */
const decisive = [
  'sse4_2',
  'avx',
  'f16c',
  'fma',
  'avx2',
  'avx512f',
  'avx512bw',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'asimd',
  'asimddp',
  'sve',
]

/** What decides the last bits of a result besides the seed: backend, versions, threads, processor (protocol.md). */
export function fingerprint(backend: string, versions: Record<string, string>, threads: number): Fingerprint {
  const variables = ['TF_ENABLE_ONEDNN_OPTS', 'ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA', 'OMP_NUM_THREADS']
  return {
    backend,
    ...versions,
    threads,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpuFeatures: cpuFeatures(),
    ...Object.fromEntries(variables.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
  }
}

function cpuFeatures(): string {
  if (platform() !== 'linux') return 'unknown'
  try {
    const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
    const present = new Set(line.split(/\s+/))
    return decisive.filter((name) => present.has(name)).join(' ')
  } catch {
    return 'unknown'
  }
}
