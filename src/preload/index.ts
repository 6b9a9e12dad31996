import { contextBridge, ipcRenderer, webUtils } from 'electron'

/** All that the window gets from this side: bytes of the contract, the platform's name, paths of dropped files, menu commands. */
contextBridge.exposeInMainWorld('splitbench', {
  platform: process.platform,

  /** Where a file lies that the user chose or dropped; '' for what is no file of the disk. */
  pathOf: (file: File): string => webUtils.getPathForFile(file),

  /** A new connection to the desktop process, as a byte channel. */
  connect() {
    const { port1, port2 } = new MessageChannel()
    const closeListeners = new Set<() => void>()
    let closed = false
    const close = (): void => {
      if (closed) return
      closed = true
      port1.close()
      for (const listener of closeListeners) listener()
      closeListeners.clear()
    }
    port1.addEventListener('close', close)
    ipcRenderer.postMessage('splitbench:connect', null, [port2])
    return {
      onBytes(listener: (bytes: Uint8Array) => void): void {
        port1.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          // The other side says goodbye with null before it closes.
          if (data instanceof Uint8Array) listener(data)
          else close()
        })
        port1.start()
      },
      onClose(listener: () => void): void {
        if (closed) listener()
        else closeListeners.add(listener)
      },
      send(bytes: Uint8Array): Promise<void> {
        if (closed) return Promise.reject(new Error('The channel is closed.'))
        port1.postMessage(bytes)
        return Promise.resolve()
      },
    }
  },

  /** Closes this workspace and opens another that was opened before; jobs that go on are asked about. */
  openWorkspace(folder: string): void {
    ipcRenderer.send('splitbench:open-workspace', folder)
  },

  /** `page:<name>` when a menu entry or its shortcut is used. */
  onCommand(listener: (command: string) => void): void {
    ipcRenderer.on('splitbench:command', (_, command: unknown) => {
      if (typeof command === 'string') listener(command)
    })
  },
})
