// `node scripts/package/icons.ts`: the icons of all three systems from resources/icons/icon.svg, drawn by Chromium.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchBrowser } from '../../test/e2e/support/browser.ts'
import { root } from '../setup/paths.mjs'

const folder = join(root, 'resources', 'icons')
const drawing = readFileSync(join(folder, 'icon.svg'), 'utf8')
const sizes = [16, 32, 48, 64, 128, 256, 512] as const
type Size = (typeof sizes)[number]

/** The types of Apple's icon file that hold PNGs of these sizes. */
const appleTypes: readonly (readonly [type: string, size: Size])[] = [
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic11', 32],
  ['ic12', 64],
]
const windowsSizes: readonly Size[] = [16, 32, 48, 64, 128, 256]

const pngs = await draw()
mkdirSync(join(folder, 'linux'), { recursive: true })
for (const [size, png] of pngs) writeFileSync(join(folder, 'linux', `${size}x${size}.png`), png)
writeFileSync(join(folder, 'icon.ico'), windowsIcon(windowsSizes.map((size) => [size, pngs.get(size)!])))
writeFileSync(join(folder, 'icon.icns'), appleIcon(appleTypes.map(([type, size]) => [type, pngs.get(size)!])))

async function draw(): Promise<Map<Size, Buffer>> {
  const browser = await launchBrowser()
  const drawn = new Map<Size, Buffer>()
  for (const size of sizes) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`)
    drawn.set(size, await page.screenshot({ omitBackground: true }))
    await page.close()
  }
  await browser.close()
  return drawn
}

/** ICO: a directory of 16 bytes a picture, then the PNGs; 256 is written as 0. */
function windowsIcon(pictures: readonly (readonly [size: number, png: Buffer])[]): Buffer {
  const head = Buffer.alloc(6 + 16 * pictures.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(pictures.length, 4)
  let offset = head.length
  pictures.forEach(([size, png], i) => {
    const at = 6 + 16 * i
    head.writeUInt8(size % 256, at)
    head.writeUInt8(size % 256, at + 1)
    head.writeUInt16LE(1, at + 4)
    head.writeUInt16LE(32, at + 6)
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([head, ...pictures.map(([, png]) => png)])
}

/** ICNS: blocks of type, length (with these 8 bytes) and PNG. */
function appleIcon(pictures: readonly (readonly [type: string, png: Buffer])[]): Buffer {
  const block = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(body.length + 8, 4)
    return Buffer.concat([head, body])
  }
  return block('icns', Buffer.concat(pictures.map(([type, png]) => block(type, png))))
}
