import { cpus, totalmem } from 'node:os'
import { installed } from '../../../system/setUp.ts'
import { node, onnxRuntime, serial, tensorflow } from './components/runtimes.ts'
import { compiler, python, virtualPi } from './components/tools.ts'
import { browser, electron } from './components/windows.ts'
import type { ComponentReport, DoctorReport } from './report.ts'

export type { ComponentReport, ComponentStatus, DoctorReport } from './report.ts'
export { formatDoctorReport } from './report.ts'

type Probes = Record<string, () => Promise<ComponentReport>>
const parts: Probes = {
  Node: node,
  TensorFlow: tensorflow,
  'ONNX Runtime': onnxRuntime,
  Electron: electron,
  serialport: serial,
}
/** What sets a checkout up and tests it; an installed app has no use for it. */
const tools: Probes = {
  'browser (Chromium)': browser,
  'Python with pip': python,
  'C++ compiler': compiler,
  'virtual Raspberry Pi': virtualPi,
}

/**
 * Looks at every component that Splitbench uses, each for itself: a probe that fails makes its component `broken` and
 * leaves the others alone. Native libraries are loaded in processes of their own. Takes about two seconds.
 */
export async function runDoctor(): Promise<DoctorReport> {
  const probes = installed ? parts : { ...parts, ...tools }
  const components = await Promise.all(Object.entries(probes).map(([name, probe]) => isolated(name, probe)))
  return {
    protocol: 1,
    machine: {
      platform: process.platform,
      arch: process.arch,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      threads: cpus().length,
      memoryBytes: totalmem(),
    },
    components,
  }
}

/** One probe; whatever it throws becomes a `broken` component of that name. */
export async function isolated(name: string, probe: () => Promise<ComponentReport>): Promise<ComponentReport> {
  try {
    return await probe()
  } catch (error) {
    return {
      name,
      status: 'broken',
      detail: error instanceof Error ? error.message : String(error),
      without: 'unknown: the check itself failed',
      toGet: 'report this as a bug of Splitbench',
    }
  }
}
