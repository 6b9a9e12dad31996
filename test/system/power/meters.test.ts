import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findMeter } from '../../../src/system/inference/power/meters.ts'

/** The kernel's folder of sensors, in a folder of the test. */
describe("a board's own power meter", () => {
  let root = ''
  afterEach(() => rm(root, { recursive: true, force: true }))

  async function sensors(files: Record<string, string>) {
    root = await mkdtemp(join(tmpdir(), 'splitbench-hwmon-'))
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(root, name, '..'), { recursive: true })
      await writeFile(join(root, name), text)
    }
    return findMeter(root)
  }

  it('is the first sensor that reads power, in microwatts', async () => {
    const meter = await sensors({
      'hwmon0/name': 'cpu_thermal\n',
      'hwmon0/temp1_input': '48000\n',
      'hwmon1/name': 'ina219\n',
      'hwmon1/in1_input': '5120\n',
      'hwmon1/power1_input': '3225600\n',
    })
    expect(meter?.name).toBe('ina219 (hwmon)')
    expect(await meter?.read()).toBeCloseTo(3.2256)
  })

  it('is none where no sensor reads power, or it cannot be read', async () => {
    expect(await sensors({ 'hwmon0/name': 'cpu_thermal', 'hwmon0/temp1_input': '48000' })).toBeNull()
    expect(await findMeter(join(root, 'missing'))).toBeNull()
    expect(await sensors({ 'hwmon0/power1_input': 'broken\n' })).toBeNull()
  })

  it('gives nothing for a reading that fails later', async () => {
    const meter = await sensors({ 'hwmon1/name': 'ina219', 'hwmon1/power1_input': '1000000' })
    await writeFile(join(root, 'hwmon1/power1_input'), '')
    expect(await meter?.read()).toBeNull()
  })
})
