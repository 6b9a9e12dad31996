export interface ImageHeader {
  format: 'png' | 'jpeg'
  width: number
  height: number
  /** Where in the file its size is told; what lies before may be a preview with an end of its own. */
  offset: number
}

/** Format (by content, not by name) and size of a PNG or JPEG from its first bytes; null when it is neither or cut off. */
export function imageHeader(bytes: Uint8Array): ImageHeader | null {
  return pngHeader(bytes) ?? jpegHeader(bytes)
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

function pngHeader(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 24 || !pngSignature.every((value, index) => bytes[index] === value)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20), offset: 16 }
}

/** Walks the segments up to the start-of-frame marker (ITU-T T.81, B.1 and B.2.2). */
function jpegHeader(bytes: Uint8Array): ImageHeader | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]
    // 0xff may be repeated as a filler; restart markers and TEM stand alone.
    if (marker === 0xff) {
      at += 1
      continue
    }
    if ((marker >= 0xd0 && marker <= 0xd7) || marker === 0x01) {
      at += 2
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { format: 'jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7), offset: at }
    at += 2 + view.getUint16(at + 2)
  }
  return null
}
