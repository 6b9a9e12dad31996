import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import { app, screen } from 'electron'
import { z } from 'zod'

const stateSchema = z.object({
  bounds: z.object({ x: z.number(), y: z.number(), width: z.number().min(400), height: z.number().min(300) }),
  maximized: z.boolean(),
})

const size = { width: 1280, height: 800 }
const file = (): string => join(app.getPath('userData'), 'window.json')

/** Where the window was last time, if a screen is still there; else the default size, placed by the system. */
export function lastState(): { bounds: Partial<Rectangle>; maximized: boolean } {
  try {
    const { bounds, maximized } = stateSchema.parse(JSON.parse(readFileSync(file(), 'utf8')))
    const visible = screen.getAllDisplays().some(({ workArea }) => overlap(bounds, workArea))
    return { bounds: visible ? bounds : size, maximized }
  } catch {
    return { bounds: size, maximized: false }
  }
}

export function rememberState(window: BrowserWindow): void {
  try {
    writeFileSync(file(), JSON.stringify({ bounds: window.getNormalBounds(), maximized: window.isMaximized() }))
  } catch {
    // A comfort: the window opens in its default place next time.
  }
}

/** Enough of the title bar on a screen to be caught with the mouse. */
const overlap = (a: Rectangle, b: Rectangle): boolean =>
  Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 100 && a.y >= b.y - 10 && a.y < b.y + b.height - 50
