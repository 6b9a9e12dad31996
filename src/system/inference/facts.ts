import { availableParallelism, cpus, release, type as systemType, totalmem } from 'node:os'
import type { DeviceInfo } from '#common/contract/result.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { readText } from './readings.ts'

export type Facts = Omit<DeviceInfo, 'name' | 'kind' | 'conditions'>

/** What does not change while the process runs. `runtimeVersion`: of ONNX Runtime. */
export async function readFacts(runtimeVersion: string): Promise<Facts> {
  const [osRelease, cpuInfo, board] = await Promise.all([
    readText('/etc/os-release'),
    readText('/proc/cpuinfo'),
    readBoard(),
  ])
  return {
    arch: process.arch,
    os: /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease ?? '')?.[1] ?? systemType(),
    cpu: cpuName(cpuInfo) ?? board ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem() || null,
    board,
    kernel: release(),
    runtime: `ONNX Runtime ${runtimeVersion}, Node ${process.versions.node}`,
    agent: packageJson.version,
    emulated: isEmulated({ arch: process.arch, cpuInfo, flag: process.env.VPI }),
  }
}

/** Arm boards have a device tree, PCs have DMI. */
async function readBoard(): Promise<string | null> {
  const tree = await readText('/sys/firmware/devicetree/base/model')
  if (tree) return tree
  const parts = await Promise.all([
    readText('/sys/class/dmi/id/sys_vendor'),
    readText('/sys/class/dmi/id/product_name'),
  ])
  return parts.filter((part) => part !== null).join(' ') || null
}

/** Cores by their part number in /proc/cpuinfo: Node knows no model name on Arm. */
export const armCores: Readonly<Record<string, string>> = {
  '0xb76': 'ARM1176',
  '0xc07': 'Cortex-A7',
  '0xd03': 'Cortex-A53',
  '0xd04': 'Cortex-A35',
  '0xd05': 'Cortex-A55',
  '0xd08': 'Cortex-A72',
  '0xd0b': 'Cortex-A76',
  '0xd0c': 'Neoverse-N1',
  '0xd40': 'Neoverse-V1',
  '0xd49': 'Neoverse-N2',
}

function cpuName(cpuInfo: string | null): string | null {
  const model = cpus()[0]?.model.trim()
  if (model && model !== 'unknown') return model
  const part = /^CPU part\s*:\s*(0x[0-9a-f]+)/m.exec(cpuInfo ?? '')?.[1]
  return part ? (armCores[part] ?? `Arm core ${part}`) : null
}

/**
 * Whether instructions are translated, so that times say nothing about the board: told so by VPI=1; an Arm process that
 * sees the /proc/cpuinfo of a PC (user-mode emulation hands through the host's), or the other way round. A hypervisor
 * runs instructions as they are: that is no emulation.
 */
export function isEmulated(machine: { arch: string; cpuInfo: string | null; flag: string | undefined }): boolean {
  if (machine.flag !== undefined && machine.flag !== '' && machine.flag !== '0') return true
  const arm = machine.arch.startsWith('arm')
  const saysPc = /^vendor_id\s*:/m.test(machine.cpuInfo ?? '')
  const saysArm = /^CPU implementer\s*:/m.test(machine.cpuInfo ?? '')
  return arm ? saysPc && !saysArm : (machine.arch === 'x64' || machine.arch === 'ia32') && saysArm && !saysPc
}
