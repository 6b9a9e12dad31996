/**
 * Tests that need a part which a machine may lack. Such a test is skipped with the reason in its name, where every
 * reporter shows it and the runner collects it; `SPLITBENCH_REQUIRE=part,part` turns the lack into a failure.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'vitest'
import { datasets } from '../../src/main/workbench/datasets/catalogue.ts'
import { datasetCache } from '../../src/main/workbench/datasets/locate.ts'

const repository = resolve(import.meta.dirname, '..', '..')
const resolver = createRequire(import.meta.url)

/** Where test data lies: `SPLITBENCH_DATA`, else `shared/data` beside the repository. */
export const dataFolder = resolve(process.env.SPLITBENCH_DATA ?? join(repository, '..', 'shared', 'data'))

/** Where `splitbench download cifar-10` puts it: the tests look for it in the user's own cache. */
export const wholeCifar10 = join(datasetCache(), datasets['cifar-10'].folder)

const onPath = (...names: string[]): boolean =>
  names.every((name) => (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name))))

/** Why a part is missing, or undefined where it is there. */
const parts = {
  tensorflow: () => {
    const folder = dirname(resolver.resolve('@tensorflow/tfjs-node/package.json'))
    return existsSync(join(folder, 'deps', 'lib')) ? undefined : 'TensorFlow is not set up (to enable: npm run doctor)'
  },
  onnxruntime: () =>
    existsSync(join(repository, 'node_modules', 'onnxruntime-node', 'bin'))
      ? undefined
      : 'onnxruntime-node is not installed',
  chromium: () =>
    process.env.SPLITBENCH_CHROMIUM
      ? undefined
      : (process.env.SPLITBENCH_CHROMIUM_MISSING ?? 'no Chromium (to enable: apt-get install chromium)'),
  python: () =>
    process.env.SPLITBENCH_PYTHON
      ? undefined
      : (process.env.SPLITBENCH_PYTHON_MISSING ??
        'no Python with onnx and onnxruntime (to enable: npm test fetches them)'),
  exporters: () =>
    process.env.SPLITBENCH_EXPORTERS
      ? undefined
      : (process.env.SPLITBENCH_EXPORTERS_MISSING ?? 'no PyTorch with exporters (to enable: npm run test:exporters)'),
  ssh: () =>
    onPath('ssh', 'ssh-keygen')
      ? undefined
      : 'no OpenSSH client to compare with (to enable: apt-get install openssh-client)',
  terminal: () =>
    onPath('script') ? undefined : 'no script, which gives a terminal (to enable: apt-get install bsdutils)',
  'cifar-10-small': () => lacksData('cifar-10-small'),
  'cifar-10': () =>
    existsSync(wholeCifar10) ? undefined : 'CIFAR-10 is not downloaded (to enable: splitbench download cifar-10)',
  sshd: () => lacksVirtualPi('arm64'),
  'qemu-arm64': () => lacksVirtualPi('arm64'),
  'qemu-armhf': () => lacksVirtualPi('armhf'),
  serial: () => lacksVirtualPi('arm64'),
  raspi3b: () =>
    process.env.SPLITBENCH_RASPI3B
      ? lacksVirtualPi('arm64')
      : (process.env.SPLITBENCH_RASPI3B_MISSING ?? 'no emulated board (to enable: npm run test:raspi3b makes it)'),
  'linux-x64': () =>
    process.platform === 'linux' && process.arch === 'x64' ? undefined : 'needs Linux on a 64-bit PC, as the board',
  // Containers may have it and forbid it.
  strace: () =>
    spawnSync('strace', ['-qq', 'true']).status === 0
      ? undefined
      : 'strace does not run here (to enable: apt-get install strace)',
  'kernel-shaping': () => lacksKernelShaping(),
  root: () => (process.getuid?.() === 0 ? undefined : 'needs root (it mounts a small file system)'),
  'ordinary-user': () =>
    process.getuid?.() === 0 ? 'root may write anywhere: it runs as an ordinary user' : undefined,
} satisfies Record<string, () => string | undefined>

export type Part = keyof typeof parts

const required = new Set((process.env.SPLITBENCH_REQUIRE ?? '').split(',').map((name) => name.trim()))

/** Why `part` is missing, or undefined where it is there. */
export const missing = (part: Part): string | undefined => parts[part]()

/** `describe` that needs a part: skipped with the reason, or failed where the part is required. */
export function describeWith(part: Part, name: string, body: () => void): void {
  const reason = missing(part)
  if (reason === undefined) describe(name, body)
  else if (required.has(part)) describe(name, () => it(`needs ${part}`, () => failFor(part, reason)))
  else describe.skip(`${name} ${skipMark(reason)}`, body)
}

/** `it` that needs a part: skipped with the reason, or failed where the part is required. */
export function itWith(
  part: Part,
  name: string,
  body: (context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
): void {
  const reason = missing(part)
  if (reason === undefined) it(name, body, timeoutMs)
  else if (required.has(part)) it(name, () => failFor(part, reason))
  else it.skip(`${name} ${skipMark(reason)}`, body)
}

function failFor(part: Part, reason: string): never {
  throw new Error(`SPLITBENCH_REQUIRE names ${part}, but: ${reason}`)
}

/** The form that the runner reads back: `[skipped: why]` at the end of a name. */
export const skipMark = (reason: string): string => `[skipped: ${reason.replace(/\s+/g, ' ')}]`

function lacksData(name: string): string | undefined {
  const folder = join(dataFolder, name)
  return existsSync(folder) ? undefined : `no data at ${folder} (to enable: set SPLITBENCH_DATA)`
}

/** test/hardware/virtualPi: sshd, serial consoles and the emulator are all of its parts. */
function lacksVirtualPi(arch: 'arm64' | 'armhf'): string | undefined {
  const kit = process.env.SPLITBENCH_VIRTUAL_PI
  const reason = process.env.SPLITBENCH_VIRTUAL_PI_MISSING ?? 'no virtual Pi (to enable: npm test makes it)'
  return kit && existsSync(join(kit, arch)) ? undefined : reason
}

/** A network namespace of one's own, without rights, and a token bucket in it. */
function lacksKernelShaping(): string | undefined {
  const inside = 'ip link set lo up && tc qdisc add dev lo root tbf rate 1mbit burst 1600 latency 1s'
  const { status } = spawnSync('unshare', ['--user', '--map-root-user', '--net', '--', 'sh', '-c', inside])
  return status === 0 ? undefined : 'no user and network namespaces with tc (to enable: apt-get install iproute2)'
}
