import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../../../../src/main/trainer/data/folders/decode.ts'
import { imageHeader } from '../../../../src/main/trainer/data/folders/header.ts'
import { openFolder } from '../../../../src/main/trainer/data/openFolder.ts'
import { expectError, jpeg, never, picture, png, temporaryFolder, write } from '../../../support/images.ts'

const open = (folder: string, seed = 1) => openFolder(folder, seed, never)
const all = (count: number) => Int32Array.from({ length: count }, (_, n) => n)

describe('image folders', () => {
  it('reads train/ and test/ with classes by name', async () => {
    const folder = temporaryFolder()
    for (const name of ['zebra', 'ant']) {
      for (let n = 0; n < 4; n++) write(join(folder, 'train', name, `${n}.png`), png(32, 32, picture(32, 32, n)))
    }
    write(join(folder, 'test', 'zebra', 'a.PNG'), png(32, 32))
    write(join(folder, 'test', 'ant', 'b.jpeg'), await jpeg(32, 32))
    write(join(folder, 'train', 'ant', '.hidden.png'), 'not an image')
    write(join(folder, 'train', 'ant', 'readme.txt'), 'not an image')
    const stored = await open(folder)
    expect(stored.classNames).toEqual(['ant', 'zebra'])
    expect(stored.counts).toEqual({ train: 8, test: 2 })
    expect(stored.size).toBe(32)
    const labels = await stored.labels('train', 0, 8, never)
    expect(Array.from(labels).sort()).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
    const set = await stored.read('train', all(8), never)
    expect(set.labels).toEqual(labels)
    expect(set.images.length).toBe(8 * 32 * 32 * 3)
  })

  it('keeps pixels that need no resizing', async () => {
    const folder = temporaryFolder()
    const rgba = picture(64, 64, 5)
    for (const name of ['a', 'b']) write(join(folder, 'train', name, '1.png'), png(64, 64, rgba))
    write(join(folder, 'val', 'a', '1.png'), png(64, 64, rgba))
    const stored = await open(folder)
    expect(stored.size).toBe(64)
    const { images } = await stored.read('test', [0], never)
    for (let p = 0; p < 64 * 64; p++) {
      expect(Array.from(images.subarray(3 * p, 3 * p + 3))).toEqual(Array.from(rgba.subarray(4 * p, 4 * p + 3)))
    }
  })

  it('takes the most common shorter side, rounded to a multiple of 32, and says so', async () => {
    const folder = temporaryFolder()
    const sides = [100, 100, 100, 40]
    for (const [n, side] of sides.entries()) {
      for (const name of ['a', 'b']) write(join(folder, 'train', name, `${n}.png`), png(side + n, side))
    }
    write(join(folder, 'test', 'a', '1.png'), png(50, 300))
    const stored = await open(folder)
    expect(stored.size).toBe(96)
    expect(stored.notes).toEqual([
      'Images are cut to their middle square and resized to 96 × 96 pixels (most common shorter side: 100).',
    ])
    expect((await stored.read('train', all(8), never)).size).toBe(96)
    const large = temporaryFolder()
    for (const name of ['a', 'b']) write(join(large, 'train', name, '1.png'), png(500, 400))
    write(join(large, 'test', 'a', '1.png'), png(8, 8))
    expect((await open(large)).size).toBe(224)
  })

  it('splits one folder of class folders 80 to 20 by the seed, class by class', async () => {
    const folder = temporaryFolder()
    for (const name of ['a', 'b']) {
      for (let n = 0; n < 10; n++) write(join(folder, name, `${n}.png`), png(32, 32, picture(32, 32, n)))
    }
    mkdirSync(join(folder, 'notes'))
    const stored = await open(folder)
    expect(stored.counts).toEqual({ train: 16, test: 4 })
    expect(Array.from(await stored.labels('test', 0, 4, never)).sort()).toEqual([0, 0, 1, 1])
    expect(stored.notes[0]).toBe('Left out, because they hold no PNG or JPEG images: notes.')
    expect(stored.notes[1]).toMatch(/^The folder has no test part: 4 of its 20 images .* seed 1/)
    const again = await (await open(folder)).read('test', all(4), never)
    expect((await stored.read('test', all(4), never)).images).toEqual(again.images)
    const other = await (await open(folder, 2)).read('test', all(4), never)
    expect(other.images).not.toEqual(again.images)
    // Nothing is in both parts.
    const key = (images: Uint8Array, n: number) => images.subarray(n * 3072, (n + 1) * 3072).join()
    const { images, labels } = await stored.read('train', all(16), never)
    const inTrain = new Set(Array.from(labels, (label, n) => `${label} ${key(images, n)}`))
    Array.from(again.labels, (label, n) => expect(inTrain.has(`${label} ${key(again.images, n)}`)).toBe(false))
  })

  it('mixes the classes, so that the first N are a sample of all', async () => {
    const folder = temporaryFolder()
    for (const name of ['a', 'b']) {
      for (let n = 0; n < 40; n++) write(join(folder, 'train', name, `${n}.png`), png(4, 4))
    }
    write(join(folder, 'test', 'a', '1.png'), png(4, 4))
    const first = Array.from(await (await open(folder)).labels('train', 0, 20, never))
    expect(first.filter((label) => label === 0).length).toBeGreaterThan(3)
    expect(first.filter((label) => label === 1).length).toBeGreaterThan(3)
  })

  it('decodes JPEG close to what was encoded, and grey and transparent PNG', async () => {
    const folder = temporaryFolder()
    const rgba = picture(48, 40, 3)
    write(join(folder, 'a.jpg'), await jpeg(48, 40, rgba))
    const decoded = await decodeImage(join(folder, 'a.jpg'))
    expect([decoded.width, decoded.height]).toEqual([48, 40])
    for (let i = 0; i < rgba.length; i++) expect(Math.abs(decoded.data[i] - rgba[i])).toBeLessThanOrEqual(8)
    const { PNG } = await import('pngjs')
    const grey = new PNG({ width: 2, height: 1 })
    grey.data.set([10, 10, 10, 255, 200, 200, 200, 0])
    write(join(folder, 'grey.png'), PNG.sync.write(grey, { colorType: 4 }))
    expect(Array.from((await decodeImage(join(folder, 'grey.png'))).data)).toEqual([10, 10, 10, 255, 200, 200, 200, 0])
  })

  it('finds the size of a JPEG behind long segments', async () => {
    const plain = await jpeg(30, 20)
    const segment = Buffer.alloc(2 + 60_000)
    segment.writeUInt16BE(0xffe1)
    segment.writeUInt16BE(60_000, 2)
    const long = Buffer.concat([plain.subarray(0, 2), segment, segment, plain.subarray(2)])
    expect(imageHeader(long)).toMatchObject({ format: 'jpeg', width: 30, height: 20 })
    expect(imageHeader(long.subarray(0, 4096))).toBeNull()
    const folder = temporaryFolder()
    for (const name of ['a', 'b']) write(join(folder, 'train', name, '1.jpg'), long)
    write(join(folder, 'test', 'a', '1.jpg'), plain)
    expect((await open(folder)).notes[0]).toMatch(/most common shorter side: 20/)
  })
})

describe('image folders that are wrong', () => {
  const bad = (folder: string, message: RegExp) => expectError(() => open(folder), 'bad-data', message)

  async function folderWith(file: Uint8Array | string, name: string): Promise<string> {
    const folder = temporaryFolder()
    for (const each of ['a', 'b']) write(join(folder, 'train', each, '0.png'), png(32, 32))
    write(join(folder, 'test', 'a', name), file)
    return folder
  }

  it('have a broken image: names the file', async () => {
    // A preview before the image, complete with its own end marker.
    const preview = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9])
    const cases: [string, Uint8Array | string, RegExp][] = [
      ['cut.png', png(32, 32).subarray(0, 200), /cut\.png: is no image that can be read/],
      ['bit.png', Buffer.from(png(32, 32).map((byte, at) => (at === 60 ? byte ^ 1 : byte))), /bit\.png: is no image/],
      ['cut.jpg', (await jpeg(32, 32)).subarray(0, 400), /cut\.jpg: is no image that can be read: it is truncated/],
      [
        'preview.jpg',
        Buffer.concat([preview, (await jpeg(32, 32)).subarray(2, 400)]),
        /preview\.jpg: .* it is truncated/,
      ],
      ['text.jpg', 'hello', /text\.jpg: is no image that can be read: it is neither a PNG nor a JPEG/],
      ['empty.png', '', /empty\.png: is no image that can be read: it is empty/],
    ]
    for (const [name, bytes, message] of cases) {
      const stored = await open(await folderWith(bytes, name))
      const error = await expectError(() => stored.read('test', [0], never), 'bad-data', message)
      expect(error.exitCode).toBe(2)
    }
  })

  it('have a broken image among those that are measured', async () => {
    const folder = temporaryFolder()
    for (const name of ['a', 'b']) write(join(folder, 'train', name, '0.png'), 'broken')
    write(join(folder, 'test', 'a', '0.png'), png(32, 32))
    await bad(folder, /0\.png: is no image that can be read/)
  })

  it('claim to be huge', async () => {
    const huge = png(32, 32)
    huge.writeUInt32BE(60_000, 16)
    huge.writeUInt32BE(60_000, 20)
    const stored = await open(await folderWith(huge, 'huge.png'))
    await expectError(() => stored.read('test', [0], never), 'bad-data', /60000 × 60000 pixels, more than 100 million/)
  })

  it('have one class, a class that is only tested, or nothing to test with', async () => {
    const one = temporaryFolder()
    write(join(one, 'train', 'a', '0.png'), png(32, 32))
    await bad(one, /has images of one class only \(a\)/)
    const foreign = await folderWith(png(32, 32), '0.png')
    write(join(foreign, 'test', 'c', '0.png'), png(32, 32))
    await bad(foreign, /the class c has test images but no training images/)
    const untested = await folderWith('text', 'readme.txt')
    await bad(untested, /test: has no PNG or JPEG images in class folders/)
    const few = temporaryFolder()
    for (const name of ['a', 'b']) write(join(few, name, '0.png'), png(32, 32))
    await bad(few, /has 2 images in 2 classes, too few to put a fifth of each class aside/)
  })
})
