import type { Browser } from 'playwright'
import { chromium } from 'playwright'

/** Debian's Chromium, also as root and without a network. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.SPLITBENCH_CHROMIUM
  if (!executablePath) throw new Error('SPLITBENCH_CHROMIUM does not say where Chromium is')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
