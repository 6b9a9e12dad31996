import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CodedError } from '#common/errors.ts'
import { libraryNames, libraryPackages, type Recipe } from './recipes.ts'

const run = promisify(execFile)
/** glibc 2.36: new enough for Node 24 and ONNX Runtime, and runs on every kernel since 3.2. */
const suite = 'bookworm'
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Brings Debian's C and C++ libraries for the board's processor into `into` (made), with the loader; `work` is a folder
 * for what is needed on the way. The system's package lists are not touched. Returns why there are none, or undefined:
 * a runtime without them runs on every board whose own C library is glibc 2.28 or later. Throws `cancelled`.
 */
export async function bringCLibrary(
  { debianArch, loader }: Recipe,
  { work, into }: { work: string; into: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const mirror = await debianMirror()
  if (mirror === undefined) return 'this computer is no Debian system, whose packages it would come from'
  if (!existsSync(keyring)) return `${keyring} is not there`
  try {
    const apt = await privateApt(work, debianArch, mirror)
    const options = { signal, cwd: work, env: { ...process.env, APT_CONFIG: apt, LC_ALL: 'C.UTF-8' } }
    await run('apt-get', ['-q', 'update'], options)
    await run('apt-get', ['-q', 'download', ...libraryPackages], options)
    const tree = join(work, 'tree')
    for (const archive of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['--extract', join(work, archive), tree], { signal })
    }
    await mkdir(into)
    for (const name of [loader, ...libraryNames]) await copyLibrary(tree, name, join(into, name))
    return undefined
  } catch (error) {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    await rm(into, { recursive: true, force: true })
    const { stderr, message } = error as Error & { stderr?: string }
    return `Debian's packages could not be fetched: ${stderr?.trim().split('\n').at(-1) || message}`
  }
}

/** The mirror that this machine uses already. */
async function debianMirror(): Promise<string | undefined> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
  const [modern, classic] = [await read('/etc/apt/sources.list.d/debian.sources'), await read('/etc/apt/sources.list')]
  const found = /^URIs:\s*(\S+)/m.exec(modern)?.[1] ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S*debian\S*)/m.exec(classic)?.[1]
  return found?.replace(/\/$/, '')
}

/** apt with lists, state and archives of its own, and the machine's own network settings; returns its configuration. */
async function privateApt(work: string, architecture: string, mirror: string): Promise<string> {
  const folders = ['state/lists/partial', 'cache/archives/partial', 'etc/apt.conf.d', 'etc/preferences.d']
  for (const folder of [...folders, 'etc/sources.list.d', 'etc/trusted.gpg.d']) {
    await mkdir(join(work, folder), { recursive: true })
  }
  await writeFile(join(work, 'state', 'status'), '')
  await writeFile(
    join(work, 'etc', 'sources.list.d', 'debian.sources'),
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nArchitectures: ${architecture}\nSigned-By: ${keyring}\n`,
  )
  // Proxies and the like are kept; hooks that act on the machine's own state are not.
  const machines = await readdir('/etc/apt/apt.conf.d').catch(() => [])
  for (const name of machines.filter((file) => !/docker|packagekit|appstream|dep11|debconf|autoremove/.test(file))) {
    await copyFile(join('/etc/apt/apt.conf.d', name), join(work, 'etc', 'apt.conf.d', name)).catch(() => {})
  }
  const config = join(work, 'apt.conf')
  const lines = {
    'Dir::State': join(work, 'state'),
    'Dir::State::status': join(work, 'state', 'status'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc': join(work, 'etc'),
    'APT::Architecture': architecture,
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  }
  const text = Object.entries(lines).map(([key, value]) => `${key} "${value}";\n`)
  await writeFile(config, `${text.join('')}APT::Architectures { "${architecture}"; };\n`)
  return config
}

/** Where in Debian's tree a library lies differs (usr-merged or not, by architecture); links are followed. */
async function copyLibrary(tree: string, name: string, to: string): Promise<void> {
  const folders = [join(tree, 'lib'), join(tree, 'lib64'), join(tree, 'usr', 'lib')]
  for (const folder of folders.filter((path) => existsSync(path))) {
    const inner = (await readdir(folder)).filter((entry) => entry.includes('-linux-'))
    for (const path of [join(folder, name), ...inner.map((entry) => join(folder, entry, name))]) {
      const file = await realpath(path).catch(() => undefined)
      // An absolute link would lead out of the tree, to this computer's own library.
      if (file?.startsWith(await realpath(tree))) return copyFile(file, to)
    }
  }
  throw new Error(`${name} is not in Debian's packages`)
}
