import type { ByteChannel } from '#common/contract/channel.ts'

/** Where the renderer lives. Both hosts do the same; nothing above this folder knows which one it is. */
export interface Host {
  kind: 'window' | 'browser'
  /** A new conversation with the desktop process. Rejects where it cannot be reached. */
  open(): Promise<ByteChannel>
  /** Commands from outside of the page, e.g. a menu: "page:runs". */
  onCommand(listener: (command: string) => void): void
  /** Where a file that the user chose or dropped lies; null: the host does not say, its content has to be sent. */
  pathOf(file: File): string | null
  /** Opens another workspace in place of this one; null: the host cannot, another process has to be started there. */
  openWorkspace: ((folder: string) => void) | null
}
