import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { buildHint } from '../../../system/setUp.ts'
import { runFolderOf } from '../desktop/runs.ts'
import { pageHeaders, reportHeaders } from './headers.ts'

export interface Page {
  body: Buffer
  headers: Record<string, string>
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/**
 * What both hosts serve: the built renderer, and the reports of a workspace's runs. Files are found in a list made
 * beforehand, never by joining what a request says, so there is no path out of the folder.
 */
export class Site {
  readonly #files: Map<string, string>
  readonly #runsFolder: string

  constructor(rendererFolder: string, runsFolder: string) {
    this.#files = listFiles(rendererFolder)
    this.#runsFolder = runsFolder
  }

  /** `target` is the request's path as sent, query and all. Throws `access-refused` and `unknown-name`. */
  async page(target: string): Promise<Page> {
    const path = pathOf(target)
    const report = /^\/reports\/([^/]+)\/report\.html$/.exec(path)
    if (report) {
      const file = join(runFolderOf(this.#runsFolder, report[1]!), 'report.html')
      return { body: await content(file, path), headers: { ...reportHeaders, ...described('.html', false) } }
    }
    const name = path === '/' ? '/index.html' : path
    const file = this.#files.get(name)
    if (!file) throw notThere(path)
    // Built assets carry a hash of their content in their name.
    const lasting = name.startsWith('/assets/')
    return { body: await content(file, path), headers: { ...pageHeaders, ...described(extname(name), lasting) } }
  }
}

const described = (extension: string, lasting: boolean): Record<string, string> => ({
  'Content-Type': types[extension] ?? 'application/octet-stream',
  'Cache-Control': lasting ? 'private, max-age=31536000, immutable' : 'no-store',
})

function pathOf(target: string): string {
  let path: string
  try {
    path = decodeURIComponent(target.split(/[?#]/, 1)[0]!)
  } catch {
    throw refused(target)
  }
  const parts = path.split('/')
  if (
    !path.startsWith('/') ||
    path.includes('\\') ||
    parts.includes('..') ||
    parts.includes('.') ||
    hasControls(path)
  ) {
    throw refused(target)
  }
  return path
}

const hasControls = (text: string): boolean => [...text].some((sign) => sign < ' ')

const content = (file: string, path: string): Promise<Buffer> =>
  readFile(file).catch(() => {
    throw notThere(path)
  })

const notThere = (path: string): CodedError =>
  new CodedError('unknown-name', `There is nothing at ${path.slice(0, 200)}.`)
const refused = (target: string): CodedError =>
  new CodedError('access-refused', `${JSON.stringify(target.slice(0, 200))} is not a path of this site.`)

function listFiles(folder: string): Map<string, string> {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return new Map(
      entries.map((entry) => {
        const file = join(entry.parentPath, entry.name)
        return [`/${relative(folder, file).split(sep).join('/')}`, file]
      }),
    )
  } catch {
    throw new CodedError('component-missing', `The window's files are not there (${folder}).`, buildHint())
  }
}
