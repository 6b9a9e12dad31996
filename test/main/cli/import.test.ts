import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../support/cli.ts'
import { importFixtures } from '../../support/importing.ts'
import { describeWith } from '../../support/requires.ts'

const fixture = (name: string): string => join(importFixtures, name)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-cli-import-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const cli = (...args: string[]) => runCli(args, { cwd: folder })

describe('splitbench import', () => {
  it('writes a whole model folder and says how far it was checked', async () => {
    const { code, stdout } = await cli('import', fixture('resnet.dynamo.onnx'), '--out', 'resnet', '--json')
    expect(code).toBe(0)
    const document = JSON.parse(stdout)
    expect(readdirSync(join(folder, 'resnet')).sort()).toEqual(['model.onnx', 'network.json', 'weights.safetensors'])
    expect(document.network).toMatchObject({ classes: 10, height: 32, width: 32 })
    expect(document.check.relative).toBeLessThan(1e-4)
    expect(document.check.images).toBe(8)

    const table = await cli('inspect', 'resnet')
    expect(table.stdout).toMatch(/layer1\.0 +6×32×32 +6144/)
    // The file itself has the same table.
    const ofFile = await cli('inspect', fixture('resnet.dynamo.onnx'))
    expect(ofFile.stdout.split('\n').slice(0, 10)).toEqual(table.stdout.split('\n').slice(0, 10))
  })

  it('reads what it exports: model.onnx again, with the normalisation of the image', async () => {
    await cli(
      'import',
      fixture('vgg.torchscript.onnx'),
      '--out',
      'vgg',
      '--mean',
      '0.5,0.4,0.3',
      '--std',
      '0.2,0.3,0.4',
    )
    const { code, stdout } = await cli('import', join('vgg', 'model.onnx'), '--out', 'again', '--json')
    expect(code).toBe(0)
    const { mean, std } = JSON.parse(stdout).network
    for (const [values, expected] of [
      [mean, [0.5, 0.4, 0.3]],
      [std, [0.2, 0.3, 0.4]],
    ]) {
      for (const [channel, value] of expected.entries()) expect(values[channel]).toBeCloseTo(value, 5)
    }
  })

  it('asks for what the file leaves open, and takes it', async () => {
    const open = await cli('import', fixture('anysize.torchscript.onnx'), '--out', 'open')
    expect(open.code).toBe(2)
    expect(open.stderr).toMatch(/images of any size.*\n.*--size 224/)
    expect(existsSync(join(folder, 'open'))).toBe(false)
  })

  it('does not write over anything else', async () => {
    mkdirSync(join(folder, 'taken'))
    writeFileSync(join(folder, 'taken', 'thesis.tex'), 'words')
    const { code, stderr } = await cli('import', fixture('vgg.dynamo.onnx'), '--out', 'taken')
    expect(code).toBe(2)
    expect(stderr).toMatch(/taken holds other files/)
    expect(readdirSync(join(folder, 'taken'))).toEqual(['thesis.tex'])
  })

  it('without the data file beside it, names that file', async () => {
    copyFileSync(fixture('resnet.dynamo.onnx'), join(folder, 'alone.onnx'))
    const { code, stderr } = await cli('import', 'alone.onnx', '--out', 'alone')
    expect(code).toBe(2)
    expect(stderr).toMatch(/keeps weights in "resnet\.dynamo\.onnx\.data", which is not there/)
    expect(existsSync(join(folder, 'alone'))).toBe(false)
  })
})

describeWith('tensorflow', 'work with an imported network', () => {
  /** Two classes of 64 × 64 pixels: dark and bright ones. */
  function imageFolder(): string {
    const place = join(folder, 'photos')
    for (const [part, count] of [
      ['train', 24],
      ['test', 8],
    ] as const) {
      for (const [label, base] of [
        ['dark', 40],
        ['bright', 200],
      ] as const) {
        mkdirSync(join(place, part, label), { recursive: true })
        for (let index = 0; index < count; index++) {
          const png = new PNG({ width: 64, height: 64 })
          png.data.forEach((_, at) => {
            png.data[at] = at % 4 === 3 ? 255 : base + ((at * 7 + index * 13) % 50)
          })
          writeFileSync(join(place, part, label, `${index}.png`), PNG.sync.write(png))
        }
      }
    }
    return place
  }

  it('is fine-tuned on an image folder of another size and number of classes, pruned, and split', async () => {
    const photos = imageFolder()
    const images = ['--data', photos, '--train-images', '32', '--test-images', '16']
    await cli('import', fixture('anysize.torchscript.onnx'), '--size', '64', '--out', 'any')

    const other = await cli('import', fixture('resnet.dynamo.onnx'), '--out', 'fixed')
    expect(other.code).toBe(0)
    const mismatch = await cli('train', '--network', 'fixed', ...images, '--epochs', '1')
    expect(mismatch.code).toBe(2)
    expect(mismatch.stderr).toMatch(/takes images of 32×32 pixels; those of photos have 64×64/)

    const trained = await cli(
      'train',
      '--network',
      'any',
      ...images,
      '--epochs',
      '3',
      '--batch',
      '8',
      '--out',
      'run',
      '--json',
    )
    expect(trained.code, trained.stderr).toBe(0)
    expect(trained.stderr).toMatch(/10 classes apart and photos has 2: its last layer, fc, starts anew/)
    const network = JSON.parse(readFileSync(join(folder, 'run', 'model', 'network.json'), 'utf8'))
    expect(network).toMatchObject({ classes: 2 })

    const pruned = await cli(
      'prune',
      join('run', 'model'),
      ...images,
      '--mac-share',
      '0.8',
      '--max-loss',
      '1',
      '--criterion',
      'l1',
      '--out',
      'small',
      '--json',
    )
    expect(pruned.code).toBe(0)
    expect(JSON.parse(pruned.stdout).macShare).toBeLessThan(0.8)

    const exported = await cli(
      'export',
      join('small', 'model'),
      ...images,
      '--point',
      'layer1.1',
      '--out',
      'cut',
      '--json',
    )
    expect(exported.code).toBe(0)
    const { candidate } = JSON.parse(exported.stdout)
    expect(existsSync(join(folder, 'cut', candidate.files.head))).toBe(true)
  })

  it('is compared as it is', async () => {
    await cli('import', fixture('mobilenetv2.dynamo.onnx'), '--name', 'mobile', '--out', 'mobile')
    const { code, stdout } = await cli(
      ...['compare', '--network', 'mobile', '--profile', 'toy', '--frameworks', 'only-splitting'],
      ...['--points', 'features.2.conv', '--gamma', '5', '--out', 'compared', '--json'],
    )
    expect(code).toBe(0)
    const comparison = JSON.parse(stdout)
    expect(comparison.network.name).toBe('mobile')
    expect(comparison.candidates.map((one: { partitionPoint: string }) => one.partitionPoint)).toContain(
      'features.2.conv',
    )
    expect(comparison.baseline.curve).toEqual([])
  })
})
