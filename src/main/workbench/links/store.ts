import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { StoredLink } from '#common/contract/link.ts'
import { linkNameSchema, linksFileSchema } from '#common/contract/link.ts'
import { CodedError } from '#common/errors.ts'
import { knownLinks } from '#common/latency/links.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { withFileLock } from '../devices/fileLock.ts'
import { userFile } from '../store/userFile.ts'

/** Measured links are a user's, like devices and settings. */
export const linksFile = (): string => userFile('links.json')

/** In the order they were first measured. Throws `bad-data` for a file that cannot be understood. */
export function listLinks(): StoredLink[] {
  let text: string
  try {
    text = readFileSync(linksFile(), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    return linksFileSchema.parse(JSON.parse(text)).links
  } catch {
    throw new CodedError(
      'bad-data',
      `${linksFile()} is damaged, or of another version.`,
      'Correct the file, or delete it and measure the links again.',
    )
  }
}

/** Throws `bad-usage` for what cannot be a link's name, or is that of a link which everybody knows. */
export function assertLinkName(name: string): void {
  const taken = knownLinks.some((known) => known.name === name.toLowerCase())
  if (linkNameSchema.safeParse(name).success && !taken) return
  throw new CodedError(
    'bad-usage',
    taken ? `"${name}" is a link of the papers.` : `"${name}" cannot be a link's name.`,
    'Use a letter, then letters, digits, ".", "_" and "-", e.g. lab-wifi.',
  )
}

/** Keeps a link under its name; an older one of that name is replaced. */
export const storeLink = (link: StoredLink): Promise<void> => {
  assertLinkName(link.name)
  return change((links) => {
    const index = links.findIndex(({ name }) => name === link.name)
    if (index < 0) links.push(link)
    else links[index] = link
  })
}

/** Throws `unknown-name`. */
export const removeLink = (name: string): Promise<void> =>
  change((links) => {
    const index = links.findIndex((link) => link.name === name)
    if (index < 0) {
      const names = links.map((link) => link.name).join(', ')
      throw new CodedError(
        'unknown-name',
        `There is no stored link "${name}".`,
        names ? `Links: ${names}.` : 'None has been measured yet: splitbench link test --device NAME --name lab-wifi.',
      )
    }
    links.splice(index, 1)
  })

async function change(alter: (links: StoredLink[]) => void): Promise<void> {
  const file = linksFile()
  mkdirSync(dirname(file), { recursive: true })
  await withFileLock(`${file}.lock`, async () => {
    const links = listLinks()
    alter(links)
    await writeFileAtomic(file, `${JSON.stringify({ protocol: 1, links }, null, 2)}\n`)
  })
}
