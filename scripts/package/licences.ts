// The licences of everything in a package: npm's packages, and what no npm package says of itself.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'
import type { ShippedPackage } from './shipped.ts'
import { shippedPackages } from './shipped.ts'

/** Licences under which anything may be shipped here. */
export const allowedLicences: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
])

export interface Licensed extends ShippedPackage {
  /** Text of its licence file; '' where it has none. */
  text: string
}

/** Every shipped package with its licence; `licence` is '' where nothing is said. */
export function licensedPackages(): Licensed[] {
  return shippedPackages()
    .filter(({ folder }) => existsSync(join(root, folder)))
    .map((shipped) => ({
      ...shipped,
      licence: shipped.licence || licenceOfManifest(shipped.folder),
      text: licenceText(shipped.folder),
    }))
}

/** Whether an SPDX expression allows it: every part of AND, one part of OR. */
export function isAllowed(expression: string): boolean {
  const plain = expression.trim().replace(/^\((.*)\)$/, '$1')
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isAllowed)
  if (plain.includes(' AND ')) return plain.split(' AND ').every(isAllowed)
  return allowedLicences.has(plain)
}

/** One document: a line for each package, then the texts. */
export function licencesDocument(): string {
  const packages = licensedPackages()
  const lines = packages.map(({ name, version, licence }) => `${name} ${version}: ${licence}`)
  const texts = packages
    .filter(({ text }) => text !== '')
    .map(({ name, version, text }) => `${'-'.repeat(80)}\n${name} ${version}\n\n${text.trim()}\n`)
  return [
    'Splitbench is under the MIT licence. It contains:',
    '',
    'Electron (MIT) and Chromium: LICENSE.electron.txt and LICENSES.chromium.html in this package',
    'TensorFlow (libtensorflow): Apache-2.0, where this package has it',
    ...lines,
    '',
    readFileSync(join(root, 'LICENSE'), 'utf8'),
    ...texts,
  ].join('\n')
}

/** Some old packages use the list that npm no longer reads. */
function licenceOfManifest(folder: string): string {
  const { license, licenses } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    license?: string
    licenses?: { type: string }[]
  }
  return license ?? (licenses ?? []).map(({ type }) => type).join(' OR ')
}

/** The package's own, and that of the library which @jsquash's packages carry as WebAssembly. */
function licenceText(folder: string): string {
  const own = readdirSync(join(root, folder)).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name))
  const files = [...(own === undefined ? [] : [own]), join('codec', 'LICENSE.codec.md')]
  return files
    .map((file) => join(root, folder, file))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
}
