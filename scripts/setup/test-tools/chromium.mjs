// Debian's Chromium for the tests that look at reports: installed as root, otherwise unpacked with the libraries that
// the machine lacks into the user's cache, which needs no rights.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../lock.mjs'
import { cacheFolder } from '../paths.mjs'
import { run, tailOf, which } from '../process.mjs'
import { chromiumFolder, toolEnvironment, unpackedChromium } from './tool-paths.mjs'

const packages = ['chromium', 'fonts-dejavu-core']
const timeoutMs = 10 * 60_000

/** @returns {Promise<string | undefined>} why there is none, or undefined */
export async function provideChromium() {
  if (which('apt-get') === undefined || which('dpkg-deb') === undefined) return 'this system has no apt-get'
  return withLock('chromium', async () => {
    if (toolEnvironment().SPLITBENCH_CHROMIUM !== undefined) return undefined
    const tree = join(cacheFolder, `.chromium-${process.pid}`)
    removeLeftovers()
    mkdirSync(join(tree, 'lists', 'partial'), { recursive: true })
    mkdirSync(join(tree, 'archives', 'partial'), { recursive: true })
    try {
      const apt = privateApt(tree)
      const updated = await run('apt-get', [...apt, 'update'], { timeoutMs })
      if (updated.code !== 0) return `apt-get update failed: ${tailOf(updated, 1)}`
      return process.getuid?.() === 0 ? await install(apt) : await unpack(apt, tree)
    } finally {
      rmSync(tree, { recursive: true, force: true })
    }
  })
}

/** apt-get with lists and archives of its own and only the distribution's sources; the machine's state is read. */
function privateApt(/** @type {string} */ tree) {
  const sources = [
    '/etc/apt/sources.list.d/debian.sources',
    '/etc/apt/sources.list.d/ubuntu.sources',
    '/etc/apt/sources.list',
  ]
  const options = {
    'Dir::State::lists': join(tree, 'lists'),
    'Dir::Cache::archives': join(tree, 'archives'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Dir::Etc::sourcelist': sources.find((path) => existsSync(path)) ?? '/etc/apt/sources.list',
    'Dir::Etc::sourceparts': '-',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
  }
  return ['-q', '-y', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
}

/** @param {string[]} apt */
async function install(apt) {
  const outcome = await run('apt-get', [...apt, '--no-install-recommends', 'install', ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs,
  })
  if (outcome.code !== 0) return `apt-get install failed: ${tailOf(outcome, 1)}`
  return works('/usr/bin/chromium')
}

/**
 * @param {string[]} apt
 * @param {string} tree
 */
async function unpack(apt, tree) {
  const options = ['--no-install-recommends', '--download-only', '-o', 'Debug::NoLocking=1']
  const outcome = await run('apt-get', [...apt, ...options, 'install', ...packages], { timeoutMs })
  if (outcome.code !== 0) return `apt-get --download-only failed: ${tailOf(outcome, 1)}`
  const ready = join(tree, 'ready')
  for (const archive of readdirSync(join(tree, 'archives')).filter((name) => name.endsWith('.deb'))) {
    const unpacked = await run('dpkg-deb', ['--extract', join(tree, 'archives', archive), ready])
    if (unpacked.code !== 0) return `${archive} could not be unpacked: ${tailOf(unpacked, 1)}`
  }
  if (!existsSync(join(ready, 'usr', 'lib', 'chromium', 'chromium'))) return 'the distribution has no chromium package'
  const triplet = readdirSync(join(ready, 'usr', 'lib')).find((name) => /^\w+-linux-gnu/.test(name)) ?? ''
  writeFileSync(join(ready, 'splitbench-chromium'), wrapper(triplet))
  chmodSync(join(ready, 'splitbench-chromium'), 0o755)
  writeFileSync(join(ready, 'fonts.conf'), fonts)
  rmSync(chromiumFolder, { recursive: true, force: true })
  renameSync(ready, chromiumFolder)
  const reason = await works(unpackedChromium)
  if (reason !== undefined) rmSync(chromiumFolder, { recursive: true, force: true })
  return reason
}

/** Starts the unpacked program with the unpacked libraries before the machine's. */
const wrapper = (/** @type {string} */ triplet) => `#!/bin/sh
here='${chromiumFolder}'
export LD_LIBRARY_PATH="$here/usr/lib/${triplet}:$here/usr/lib/${triplet}/pulseaudio:$here/usr/lib/chromium"
export FONTCONFIG_FILE="$here/fonts.conf"
export CHROME_WRAPPER="$here/splitbench-chromium"
exec "$here/usr/lib/chromium/chromium" "$@"
`

const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${chromiumFolder}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${chromiumFolder}/font-cache</cachedir>
</fontconfig>
`

/** @param {string} path */
async function works(path) {
  if (!existsSync(path)) return `${path} is not there after the installation`
  const outcome = await run(path, ['--version'], { timeoutMs: 30_000 })
  return outcome.code === 0 ? undefined : `${path} does not start: ${tailOf(outcome, 1)}`
}

function removeLeftovers() {
  for (const name of readdirSync(cacheFolder)) {
    if (name.startsWith('.chromium-')) rmSync(join(cacheFolder, name), { recursive: true, force: true })
  }
}
