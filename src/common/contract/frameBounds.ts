/**
 * Checks the structure of a MessagePack body before it is decoded. A decoder allocates what a length field announces, so
 * five hostile bytes could ask for an array of 2³² elements; here every announced element must still have at least one
 * byte to come from, and nesting is bounded. Linear in the body's length. Throws an `Error` that says what is wrong.
 */
export function assertBounded(body: Uint8Array, maxDepth = 32): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  /** Elements still to come, per open container. */
  const open: number[] = [1]
  let owed = 1
  let at = 0
  while (open.length > 0) {
    if (open[open.length - 1] === 0) {
      open.pop()
      continue
    }
    if (at >= body.length) throw new Error('received a message that ends too early')
    open[open.length - 1]!--
    owed--
    const { skip, elements } = itemAt(view, at)
    at += skip
    owed += elements
    if (at + owed > body.length) throw new Error('received a message that announces more than it holds')
    if (elements > 0) open.push(elements)
    if (open.length > maxDepth) throw new Error('received a message that is nested too deeply')
  }
  if (at !== body.length) throw new Error('received a message with bytes left over')
}

/** Bytes of one item itself (type, length and scalar content) and how many items follow inside it. */
function itemAt(view: DataView, at: number): { skip: number; elements: number } {
  const type = view.getUint8(at)
  const count = (width: 1 | 2 | 4): number => {
    if (at + 1 + width > view.byteLength) throw new Error('received a message that ends too early')
    return width === 1 ? view.getUint8(at + 1) : width === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1)
  }
  const scalar = (skip: number) => ({ skip, elements: 0 })
  if (type <= 0x7f || type >= 0xe0) return scalar(1)
  if (type <= 0x8f) return { skip: 1, elements: 2 * (type & 0x0f) }
  if (type <= 0x9f) return { skip: 1, elements: type & 0x0f }
  if (type <= 0xbf) return scalar(1 + (type & 0x1f))
  switch (type) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return scalar(1)
    case 0xc4: // bin 8, 16, 32
    case 0xd9: // str 8, 16, 32
      return scalar(2 + count(1))
    case 0xc5:
    case 0xda:
      return scalar(3 + count(2))
    case 0xc6:
    case 0xdb:
      return scalar(5 + count(4))
    case 0xca: // float 32, uint 32, int 32
    case 0xce:
    case 0xd2:
      return scalar(5)
    case 0xcb: // float 64, uint 64, int 64
    case 0xcf:
    case 0xd3:
      return scalar(9)
    case 0xcc: // uint 8, int 8
    case 0xd0:
      return scalar(2)
    case 0xcd: // uint 16, int 16
    case 0xd1:
      return scalar(3)
    case 0xdc: // array 16, 32
      return { skip: 3, elements: count(2) }
    case 0xdd:
      return { skip: 5, elements: count(4) }
    case 0xde: // map 16, 32
      return { skip: 3, elements: 2 * count(2) }
    case 0xdf:
      return { skip: 5, elements: 2 * count(4) }
    default: // extensions and the unused type: nothing here sends them
      throw new Error('received a message with an unknown type of value')
  }
}
