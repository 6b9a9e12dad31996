import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parsePmic } from '#common/latency/energy.ts'
import { outputOf, readNumber, readText } from '../readings.ts'

/** Reads what the board draws right now. */
export interface PowerMeter {
  name: string
  /** In W; null where this reading failed. */
  read(): Promise<number | null>
}

const hwmonRoot = '/sys/class/hwmon'

/** The board's own meter: the Pi 5's power chip, else a sensor that the kernel knows (INA219 and its kin); null: none. */
export async function findMeter(root = hwmonRoot): Promise<PowerMeter | null> {
  const pmic = async (): Promise<number | null> => parsePmic((await outputOf('vcgencmd', 'pmic_read_adc')) ?? '')
  if ((await pmic()) !== null) return { name: 'PMIC (vcgencmd pmic_read_adc)', read: pmic }
  for (const entry of (await readdir(root).catch(() => [])).sort()) {
    const folder = join(root, entry)
    const file = (await readdir(folder).catch(() => [])).sort().find((name) => /^power\d+_input$/.test(name))
    if (!file) continue
    // The kernel's unit is the microwatt.
    const read = async (): Promise<number | null> => {
      const microwatts = await readNumber(join(folder, file))
      return microwatts === null || microwatts < 0 ? null : microwatts / 1e6
    }
    if ((await read()) === null) continue
    return { name: `${(await readText(join(folder, 'name'))) ?? entry} (hwmon)`, read }
  }
  return null
}
