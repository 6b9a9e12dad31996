// Makes packages with electron-builder.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Arch, build, Platform } from 'electron-builder'
import { root } from '../setup/paths.mjs'
import type { PackageOptions } from './configuration.ts'
import { configuration } from './configuration.ts'
import { licencesDocument } from './licences.ts'

const platforms = { linux: Platform.LINUX, win32: Platform.WINDOWS, darwin: Platform.MAC }

/**
 * Packages what is built in out/. With `directory` only the unpacked app. Resolves to the paths of what was made.
 */
export async function packageApp(
  options: Omit<PackageOptions, 'licences'> & { directory: boolean },
): Promise<string[]> {
  const licences = join(options.output, 'licences.txt')
  writeFileSync(licences, licencesDocument())
  const { system, processor } = options.target
  const made = await build({
    projectDir: root,
    targets: platforms[system].createTarget(options.directory ? 'dir' : null, Arch[processor]),
    config: configuration({ ...options, licences }),
    publish: 'never',
  })
  return made
}
