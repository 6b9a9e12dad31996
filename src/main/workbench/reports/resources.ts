import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder that holds package.json and resources/, from the sources and from the built program alike. */
function programFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`)
    folder = parent
  }
  return folder
}

/** Text of a file of resources/report. */
export const reportResource = (name: string): string =>
  readFileSync(join(programFolder(), 'resources', 'report', name), 'utf8')
