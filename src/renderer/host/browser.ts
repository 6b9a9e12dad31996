import type { ByteChannel } from '#common/contract/channel.ts'
import type { Host } from './host.ts'

/** The web host: a WebSocket to where the page came from; its cookie is sent by the browser itself. */
export const browserHost = (): Host => ({
  kind: 'browser',
  open: () =>
    new Promise((resolve, reject) => {
      const url = new URL('rpc', document.baseURI)
      url.protocol = url.protocol.replace('http', 'ws')
      const socket = new WebSocket(url)
      socket.binaryType = 'arraybuffer'
      socket.onopen = () => resolve(channelOf(socket))
      socket.onclose = () => reject(new Error('the desktop process cannot be reached'))
    }),
  onCommand: () => {},
  pathOf: () => null,
  openWorkspace: null,
})

function channelOf(socket: WebSocket): ByteChannel {
  return {
    onBytes: (listener) => {
      socket.onmessage = ({ data }) => {
        // A text message is none of this protocol's.
        if (data instanceof ArrayBuffer) listener(new Uint8Array(data))
        else socket.close()
      }
    },
    onClose: (listener) => {
      if (socket.readyState === WebSocket.CLOSED) listener()
      else socket.onclose = () => listener()
    },
    send: async (bytes) => {
      if (socket.readyState !== WebSocket.OPEN) throw new Error('the connection is closed')
      socket.send(bytes as Uint8Array<ArrayBuffer>)
    },
  }
}
