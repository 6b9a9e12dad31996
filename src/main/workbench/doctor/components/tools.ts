import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, lastLine, runProgram, versionIn } from '../probe.ts'
import type { ComponentReport } from '../report.ts'

interface Tool {
  name: string
  programs: string[]
  versionArguments: string[]
  without: string
  toGet: string
}

/** A component that is one program: found on the path, and asked for its version. */
async function tool({ name, programs, versionArguments, without, toGet }: Tool): Promise<ComponentReport> {
  const path = findProgram(...programs)
  if (path === undefined) return { name, status: 'missing', without, toGet }
  const outcome = await runProgram(path, versionArguments)
  // Some print their version beside a complaint and a non-zero code; what cannot be started at all is broken.
  if (outcome.code === 127 || outcome.code === 124) {
    return { name, status: 'broken', origin: path, detail: lastLine(outcome), without, toGet }
  }
  return { name, status: 'ok', version: versionIn(outcome.stdout || outcome.stderr), origin: path, without, toGet }
}

export const compiler = (): Promise<ComponentReport> =>
  tool({
    name: 'C++ compiler',
    programs: ['g++', 'clang++', 'c++'],
    versionArguments: ['-dumpfullversion', '-dumpversion'],
    without: "TensorFlow's addon can only come prebuilt from tfjs-node's CDN or the user cache",
    toGet: 'apt-get install g++',
  })

/** The board that tests of devices run on; set-up tells where it is. */
export async function virtualPi(): Promise<ComponentReport> {
  const folder = process.env.SPLITBENCH_VIRTUAL_PI
  const lack = {
    name: 'virtual Raspberry Pi',
    without: 'tests of devices over SSH and serial lines are skipped',
    toGet: 'npm test makes it (Linux 6.7 or newer, apt-get)',
  }
  if (!folder || !existsSync(folder)) return { ...lack, status: 'missing' }
  const outcome = await runProgram(join(folder, 'tools', 'qemu-aarch64-static'), ['--version'])
  if (outcome.code !== 0) return { ...lack, status: 'broken', origin: folder, detail: lastLine(outcome) }
  return { ...lack, status: 'ok', version: versionIn(outcome.stdout), origin: folder, detail: 'its version is of QEMU' }
}

/** Python with pip: it brings TensorFlow's library, and runs independent reference checks in the tests. */
export async function python(): Promise<ComponentReport> {
  const lack = {
    name: 'Python with pip',
    without: "TensorFlow cannot come from the pip wheel, and the tests' reference checks are skipped",
    toGet: 'apt-get install python3-pip python3-venv',
  }
  const candidates = [findProgram('python3'), '/usr/bin/python3', findProgram('python')]
  const failures: ComponentReport[] = []
  for (const path of new Set(candidates)) {
    if (path === undefined) continue
    const outcome = await runProgram(path, [
      '-c',
      'import platform, pip; print(platform.python_version(), pip.__version__)',
    ])
    const [version, pip] = outcome.stdout.trim().split(' ')
    if (outcome.code === 0) return { ...lack, status: 'ok', version, origin: path, detail: `pip ${pip}` }
    if (outcome.code !== 127) failures.push({ ...lack, status: 'broken', origin: path, detail: lastLine(outcome) })
  }
  return failures[0] ?? { ...lack, status: 'missing' }
}
