import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CodedError } from '#common/errors.ts'
import { findProgram } from '../../doctor/probe.ts'

const patienceMs = 60_000

/** Prints an HTML document to PDF; Electron has its own printer, everything else asks a Chromium of this computer. */
export type Printer = (html: string, signal: AbortSignal) => Promise<Buffer>

/** @throws CodedError `component-missing` where there is no Chromium; `io-failed` where it prints nothing. */
export const printWithChromium: Printer = async (html, signal) => {
  const program =
    process.env.SPLITBENCH_CHROMIUM ??
    findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'msedge')
  if (!program) {
    throw new CodedError(
      'component-missing',
      'A PDF is printed by a Chromium, and none was found on this computer.',
      'Install one (apt-get install chromium), or export HTML and print it from any browser.',
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-print-'))
  try {
    const [page, file] = [join(folder, 'report.html'), join(folder, 'report.pdf')]
    await writeFile(page, html)
    await print(program, page, file, folder, signal)
    return await readFile(file)
  } catch (error) {
    if (error instanceof CodedError) throw error
    signal.throwIfAborted()
    throw new CodedError(
      'io-failed',
      `${program} printed no PDF (${(error as Error).message}).`,
      'Export HTML and print it from a browser.',
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function print(program: string, page: string, file: string, folder: string, signal: AbortSignal): Promise<void> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(
    program,
    [
      '--headless',
      ...asRoot,
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--no-pdf-header-footer',
      `--print-to-pdf=${file}`,
      pathToFileURL(page).href,
    ],
    { stdio: 'ignore', signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) },
  )
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`it ended with ${code}`))))
  })
}

/** Who prints in this process; Electron puts its own printer here when it starts. */
export const printers: { now: Printer } = { now: printWithChromium }
