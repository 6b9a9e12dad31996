import type { ByteChannel } from '#common/contract/channel.ts'
import type { Host } from './host.ts'

/** What the preload script exposes, and all of it. */
export interface Exposed {
  connect(): ByteChannel
  onCommand(listener: (command: string) => void): void
  pathOf(file: File): string
  openWorkspace(folder: string): void
  platform: string
}

declare global {
  interface Window {
    splitbench?: Exposed
  }
}

export const electronHost = (exposed: Exposed): Host => ({
  kind: 'window',
  open: async () => exposed.connect(),
  onCommand: (listener) => exposed.onCommand(listener),
  pathOf: (file) => exposed.pathOf(file) || null,
  openWorkspace: (folder) => exposed.openWorkspace(folder),
})
