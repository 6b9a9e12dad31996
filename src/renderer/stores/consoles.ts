import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { ErrorShape } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'
import { LineBuffer } from '../console/lines.ts'
import { useWorkbench } from './workbench.ts'

export interface ConsoleView {
  state: 'opening' | 'open' | 'paused' | 'ended'
  lines: LineBuffer
  partial: string
  /** Why it steps aside. */
  pausedBy: string | null
  error: (Omit<ErrorShape, 'code'> & { code: string }) | null
  /** Counts changes: what the page draws by. */
  version: number
}

/** Consoles that this page has opened. They stay open when another page is looked at. */
export const useConsoles = defineStore('consoles', () => {
  const workbench = useWorkbench()
  const views = shallowReactive(new Map<string, ConsoleView>())

  const change = (device: string, with_: Partial<ConsoleView>): void => {
    const view = views.get(device)
    if (view) views.set(device, { ...view, ...with_, version: view.version + 1 })
  }

  workbench.onConnect(async (conversation) => {
    conversation.on('console.lines', ({ device, lines, dropped, partial }) => {
      views.get(device)?.lines.add(lines, dropped)
      change(device, { partial })
    })
    conversation.on('console.paused', ({ device, by }) =>
      change(device, { state: by === null ? 'open' : 'paused', pausedBy: by }),
    )
    conversation.on('console.ended', ({ device, error }) => change(device, { state: 'ended', error }))
    // Another process owns the devices now, or the page was away: what was open is opened again.
    for (const [device, { state }] of views) if (state !== 'ended') void open(device)
  })

  async function open(device: string): Promise<void> {
    const lines = new LineBuffer()
    views.set(device, { state: 'opening', lines, partial: '', pausedBy: null, error: null, version: 0 })
    try {
      const opened = await workbench.request('console.open', { device })
      lines.add(opened.lines)
      change(device, { state: 'open', partial: opened.partial })
    } catch (error) {
      change(device, { state: 'ended', error: toErrorShape(error) })
    }
  }

  return {
    views,
    open,
    write: (device: string, text: string) => workbench.request('console.write', { device, text }),
    async close(device: string): Promise<void> {
      views.delete(device)
      await workbench.request('console.close', { device })
    },
  }
})
