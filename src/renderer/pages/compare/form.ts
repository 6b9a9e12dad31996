import type { CompareForm } from '#common/contract/workbench.ts'
import { customDeviceChoice, customLinkChoice, folderChoice } from '../../components/fields/choices.ts'
import { given, wrongCount } from '../../components/fields/numbers.ts'

/** What the fields hold. Empty fields mean that the profile decides. */
export interface FormFields {
  profile: string
  data: string
  folder: string
  network: string
  width: number | ''
  frameworks: string[]
  points: 'profile' | 'all' | 'chosen'
  chosenPoints: string[]
  device: string
  /** What is typed where no device of the list is meant. */
  customDevice: string
  server: string
  link: string
  customLink: string
  gamma: number | ''
  /** Percentage points. */
  maxLoss: number | ''
  trainImages: number | ''
  testImages: number | ''
  epochs: number | ''
  batchSize: number | ''
  seed: number | ''
  threads: number | ''
  timeS: number | ''
  /** Names separated by commas, or "all". */
  codecPoints: string
  /** Of SAFBMP; '' is what it does by itself. */
  biasReadings: string
  ablations: string
  /** Of CCTO; '' is l1. */
  filterNorm: string
  autoEpochs: number | ''
  /** Of only-splitting; it has no effect without that. */
  int8: boolean
  endToEnd: boolean
  /** A serial port. */
  powerMeter: string
  /** Of a board without a meter, W. */
  activeW: number | ''
  idleW: number | ''
}

export const defaultFields = (frameworks: readonly string[]): FormFields => ({
  profile: 'quick',
  data: 'synthetic',
  folder: '',
  network: 'vgg16',
  width: 0.25,
  frameworks: [...frameworks],
  points: 'profile',
  chosenPoints: [],
  device: 'local',
  customDevice: '',
  server: 'local',
  link: 'wifi',
  customLink: '2.5,20',
  gamma: '',
  maxLoss: '',
  trainImages: '',
  testImages: '',
  epochs: '',
  batchSize: '',
  seed: 1,
  threads: '',
  timeS: '',
  codecPoints: '',
  biasReadings: '',
  ablations: '',
  filterNorm: '',
  autoEpochs: '',
  int8: false,
  endToEnd: false,
  powerMeter: '',
  activeW: '',
  idleW: '',
})

/** The request that the fields stand for, or what is wrong with them. The desktop process checks the rest. */
export function toRequest(fields: FormFields): CompareForm | string {
  const width = given(fields.width)
  if (width === null || width <= 0) return 'Width: enter a number above 0.'
  if (fields.frameworks.length === 0) return 'Frameworks: choose at least one.'
  if (fields.points === 'chosen' && fields.chosenPoints.length === 0) return 'Partition points: choose at least one.'
  if (fields.data === folderChoice && fields.folder.trim() === '') return 'Images: enter the path of a folder.'
  if (fields.device === customDeviceChoice && fields.customDevice.trim() === '') return 'Device: enter an address.'
  const loss = given(fields.maxLoss)
  if (loss !== null && (loss < 0 || loss > 100)) return 'Largest accuracy loss: enter 0 to 100 points.'
  const wrong = wrongCount([
    ['Training images', fields.trainImages],
    ['Test images', fields.testImages],
    ['Epochs', fields.epochs],
    ['Batch size', fields.batchSize],
    ["auto's budget", fields.autoEpochs],
    ['Threads', fields.threads],
  ])
  if (wrong) return wrong
  const seed = given(fields.seed)
  if (seed === null || !Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)
    return 'Seed: enter a whole number from 0 to 4294967295.'
  for (const [title, value] of [
    ['γ', given(fields.gamma)],
    ['Time per file', given(fields.timeS)],
  ] as const) {
    if (value !== null && value <= 0) return `${title}: enter a number above 0.`
  }
  if (fields.endToEnd && given(fields.gamma) !== null)
    return 'γ: a modelled device runs nothing end to end; leave one of the two out.'
  const boardPower = boardPowerOf(fields)
  if (typeof boardPower === 'string') return boardPower
  return {
    profile: fields.profile,
    data: fields.data === folderChoice ? fields.folder.trim() : fields.data,
    network: fields.network,
    width,
    frameworks: fields.frameworks.join(','),
    points: fields.points === 'profile' ? null : fields.points === 'all' ? 'all' : fields.chosenPoints.join(','),
    device: fields.device === customDeviceChoice ? fields.customDevice.trim() : fields.device,
    server: fields.server,
    link: fields.link === customLinkChoice ? fields.customLink : fields.link,
    gamma: given(fields.gamma),
    maxLoss: loss === null ? null : loss / 100,
    trainImages: given(fields.trainImages),
    testImages: given(fields.testImages),
    epochs: given(fields.epochs),
    batchSize: given(fields.batchSize),
    seed,
    threads: given(fields.threads),
    timeS: given(fields.timeS),
    codecPoints: fields.codecPoints.trim() || null,
    biasReadings: fields.biasReadings || null,
    ablations: fields.ablations || null,
    filterNorm: fields.filterNorm || null,
    autoEpochs: given(fields.autoEpochs),
    int8: takesInt8(fields) && fields.int8,
    endToEnd: fields.endToEnd,
    powerMeter: fields.powerMeter.trim() || null,
    boardPower,
  }
}

/** auto has int8 heads in any case, and the others none. */
export const takesInt8 = ({ frameworks }: FormFields): boolean => frameworks.includes('only-splitting')

/** null where nothing is said: what is known of the board decides. */
function boardPowerOf({ activeW, idleW }: FormFields): { activeW: number; idleW: number } | string | null {
  const [active, idle] = [given(activeW), given(idleW)]
  if (active === null && idle === null) return null
  if (active === null || idle === null) return "Board's power: enter both, or none."
  if (!(active > 0 && idle >= 0 && idle <= active)) return "Board's power: enter at most as much idle as active."
  return { activeW: active, idleW: idle }
}
