import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrowserWindow } from 'electron'
import type { Printer } from '../workbench/reports/many/pdf.ts'

/** Prints in a window that nobody sees, without scripts and without a way out of the document. */
export const printWithElectron: Printer = async (html) => {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-print-'))
  const window = new BrowserWindow({
    show: false,
    webPreferences: { javascript: false, sandbox: true, contextIsolation: true, partition: 'print' },
  })
  try {
    const page = join(folder, 'report.html')
    await writeFile(page, html)
    await window.loadFile(page)
    return await window.webContents.printToPDF({ printBackground: true, preferCSSPageSize: true })
  } finally {
    window.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}
