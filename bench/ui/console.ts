import type { Hosts } from '../../test/e2e/support/host.ts'
import { addSshDevice, homeOf, writeHome } from '../../test/e2e/support/sshHome.ts'
import { startSshServer } from '../../test/e2e/support/sshServer.ts'
import { newWorkspace } from '../../test/e2e/support/workspace.ts'
import type { Measured } from './summary.ts'
import { summary } from './summary.ts'

const linesPerS = 10_000
const seconds = 8
const everyMs = 10
/** From here on a person sees that something stands still. */
const stallMs = 100

/** Frames while the lines come, as the times between them, and what the page says of a click among them. */
const watchFrames = `async (ms) => {
  const gaps = []
  const end = performance.now() + ms
  let last = performance.now()
  while (last < end) {
    await new Promise((done) => requestAnimationFrame(done))
    const now = performance.now()
    gaps.push(now - last)
    last = now
  }
  return gaps
}`

/** A board's shell that prints without end, shown in the page: the longest standstill in each second. */
export async function measureConsole(hosts: Hosts): Promise<Measured[]> {
  const last = linesPerS * seconds
  const server = await startSshServer('secret', (stream, line) => {
    // The workbench's own word that the command runs; a shell would say it.
    const mark = /echo (splitbench-[0-9a-f]+) /.exec(line)?.[1]
    if (mark) stream.write(`${mark} 1\n`)
    if (!line.includes('SHELL')) {
      stream.exit(0)
      stream.end()
      return
    }
    let printed = 0
    const begun = performance.now()
    const timer = setInterval(() => {
      const due = Math.min(last, Math.floor(((performance.now() - begun) * linesPerS) / 1000))
      let text = ''
      while (printed < due) text += `line ${++printed} of a board that says much\r\n`
      stream.write(text)
      if (printed === last) clearInterval(timer)
    }, everyMs)
    stream.on('close', () => clearInterval(timer))
  })
  try {
    const workspace = newWorkspace()
    writeHome(workspace, {})
    const { page, close } = await hosts.open(workspace, homeOf(workspace))
    await page.locator('main h1').waitFor()
    await addSshDevice(page, { name: 'pi', host: '127.0.0.1', port: server.port, user: 'pi' })
    await page.getByRole('link', { name: 'Console' }).click()
    await page.getByRole('button', { name: 'Open console' }).click()
    await page.getByRole('button', { name: 'Trust' }).click()
    await page.getByRole('alertdialog').getByRole('textbox').fill('secret')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.locator('[role="log"] p', { hasText: 'line ' }).first().waitFor()
    const longest: number[] = []
    for (let second = 0; second < seconds - 2; second++) {
      const gaps: number[] = await page.evaluate(`(${watchFrames})(1000)`)
      longest.push(Math.max(...gaps))
    }
    // All of it arrived: the console followed the flood to its end.
    await page.locator('[role="log"] p', { hasText: `line ${last} of` }).waitFor({ timeout: 10_000 })
    await close()
    return [summary(`console, ${linesPerS} lines/s: longest stall in a second`, stallMs, longest)]
  } finally {
    await server.stop()
  }
}
