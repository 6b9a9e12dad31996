import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Calibration } from '#common/contract/calibration.ts'
import { calibrationSchema } from '#common/contract/calibration.ts'
import type { DeviceInfo } from '#common/contract/result.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import { userFile } from '../store/userFile.ts'

type Identity = Pick<DeviceInfo, 'name' | 'kind' | 'board' | 'cpu' | 'arch' | 'runtime'>

/** Another runtime or processor has other times: what was fitted for one is not found for the other. */
const fileOf = ({ name, kind, board, cpu, arch, runtime }: Identity): string =>
  userFile(`calibrations/${sha256(JSON.stringify([name, kind, board, cpu, arch, runtime])).slice(0, 16)}.json`)

/** The calibration of this device with this runtime; undefined where there is none, or none of this version. */
export async function loadCalibration(device: Identity): Promise<Calibration | undefined> {
  const text = await readFile(fileOf(device), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return calibrationSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Returns the file's path. */
export async function storeCalibration(device: Identity, calibration: Calibration): Promise<string> {
  const path = fileOf(device)
  mkdirSync(dirname(path), { recursive: true })
  await writeFileAtomic(path, JSON.stringify(calibration, null, 2))
  return path
}
