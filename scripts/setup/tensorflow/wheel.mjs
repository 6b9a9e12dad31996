// TensorFlow's C library out of the Python wheel: it exports the whole C API that tfjs-node's addon needs.
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { note } from '../console.mjs'
import { pip, pythonWithPip } from '../pip.mjs'
import { run, tailOf } from '../process.mjs'
import { librariesFolder, temporaryFolder, wheel } from './versions.mjs'

const downloadTimeoutMs = 20 * 60_000

/** The two libraries, and the dozen headers that the addon includes; the wheel's other 14,000 headers stay packed. */
const wanted = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/xla/tsl/c/',
]

const unpackProgram = `
import hashlib, json, sys, zipfile
path, target, sha256, wanted = sys.argv[1], sys.argv[2], sys.argv[3], tuple(json.loads(sys.argv[4]))
digest = hashlib.sha256()
with open(path, 'rb') as file:
    while chunk := file.read(1 << 22):
        digest.update(chunk)
if digest.hexdigest() != sha256:
    sys.exit('the wheel has the hash ' + digest.hexdigest() + ' instead of ' + sha256)
with zipfile.ZipFile(path) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(wanted)])
`

/** Why the wheel cannot be used on this machine, or undefined. */
export function whyNoWheel() {
  if (process.platform === 'linux' && process.arch === 'x64') return undefined
  return `the wheel is for Linux on x86-64, this is ${process.platform} on ${process.arch}`
}

/**
 * Downloads the wheel and puts `lib/` and `include/` into the user's cache; the folder appears complete or not at all.
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function fetchWheel() {
  const found = await pythonWithPip()
  if (!found) return { ok: false, reason: 'python3 with pip was not found' }
  const temporary = temporaryFolder('wheel')
  try {
    const downloaded = await pip(found.python, downloadArguments(temporary), downloadTimeoutMs)
    if (!downloaded.ok) return { ok: false, reason: downloaded.reason }
    note(`${wheel.project} ${wheel.version} (${wheel.megabytes} MB) from ${downloaded.from}`)
    const file = readdirSync(temporary).find((name) => name.endsWith('.whl'))
    if (file === undefined) return { ok: false, reason: 'pip downloaded no wheel' }
    const unpacked = join(temporary, 'unpacked')
    const outcome = await run(found.python, [
      '-c',
      unpackProgram,
      join(temporary, file),
      unpacked,
      wheel.sha256,
      JSON.stringify(wanted),
    ])
    if (outcome.code !== 0) return { ok: false, reason: tailOf(outcome, 2) }
    layOut(join(unpacked, 'tensorflow'), join(temporary, 'ready'), downloaded.from)
    const target = librariesFolder(wheel.version)
    rmSync(target, { recursive: true, force: true })
    renameSync(join(temporary, 'ready'), target)
    return { ok: true }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** @param {string} folder */
function downloadArguments(folder) {
  return [
    'download',
    '--no-deps',
    '--no-cache-dir',
    '--quiet',
    ...['--dest', folder],
    '--only-binary=:all:',
    ...['--python-version', wheel.pythonVersion],
    ...['--implementation', 'cp'],
    ...['--platform', wheel.platformTag],
    `${wheel.project}==${wheel.version}`,
  ]
}

/**
 * The layout that tfjs-node's binding.gyp and rpath expect under `deps/`.
 * @param {string} source
 * @param {string} target
 * @param {string} from
 */
function layOut(source, target, from) {
  const library = join(target, 'lib')
  mkdirSync(library, { recursive: true })
  renameSync(join(source, 'include'), join(target, 'include'))
  for (const [name, plain] of [
    ['libtensorflow_cc.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ]) {
    renameSync(join(source, name), join(library, name))
    symlinkSync(name, join(library, plain))
  }
  const provenance = { version: wheel.version, origin: 'pip wheel', from, sha256: wheel.sha256 }
  writeFileSync(join(target, 'provenance.json'), `${JSON.stringify(provenance, null, 2)}\n`)
}
