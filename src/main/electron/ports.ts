import type { IpcMainEvent, MessagePortMain } from 'electron'
import { ipcMain } from 'electron'
import type { ClosableChannel } from '../workbench/desktop/socketChannel.ts'
import { isOwnPage } from './origin.ts'

/** Hands every port that one of our own pages sends to `attach`; what comes from elsewhere is closed unheard. */
export function acceptPorts(attach: (channel: ClosableChannel) => Promise<void>): void {
  ipcMain.on('splitbench:connect', (event) => {
    const [port] = event.ports
    if (!port) return
    if (!isTrusted(event)) return port.close()
    const channel = portChannel(port)
    attach(channel).catch(() => channel.close())
  })
}

/** Only the top frame of a page of ours: a report in a frame is content, not a door. */
export function isTrusted({ senderFrame, sender }: IpcMainEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url)
}

/** Bytes over a message port. */
export function portChannel(port: MessagePortMain): ClosableChannel {
  const closeListeners = new Set<() => void>()
  let closed = false
  const end = (): void => {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener()
    closeListeners.clear()
  }
  const close = (): void => {
    if (closed) return
    port.postMessage(null)
    port.close()
    end()
  }
  port.on('close', end)
  return {
    onBytes(listener) {
      port.on('message', ({ data }) => {
        if (data instanceof Uint8Array) listener(data)
        else close()
      })
      port.start()
    },
    onClose(listener) {
      if (closed) listener()
      else closeListeners.add(listener)
    },
    async send(bytes) {
      if (closed) throw new Error('The channel is closed.')
      port.postMessage(bytes)
    },
    close,
  }
}
