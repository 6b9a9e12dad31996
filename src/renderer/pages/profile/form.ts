import type { ProfileForm } from '#common/contract/profileRequests.ts'

/** What the fields hold. */
export interface ProfileFields {
  model: string
  device: string
  customDevice: string
  server: string
  link: string
  customLink: string
  /** "1,3,224,224"; empty: as the file says. */
  input: string
  output: string
  points: 'useful' | 'all'
  threads: number | ''
  timeS: number | ''
}

export const defaultProfileFields = (): ProfileFields => ({
  model: '',
  device: 'local',
  customDevice: '',
  server: 'local',
  link: 'wifi',
  customLink: '2.5,20',
  input: '',
  output: '',
  points: 'useful',
  threads: 1,
  timeS: '',
})

const given = (text: string): string | null => (text.trim() === '' ? null : text.trim())

/** The request that the fields stand for, or what is wrong with them. A single number as input is an image's size. */
export function toProfileRequest(fields: ProfileFields, other: { device: string; link: string }): ProfileForm | string {
  const model = given(fields.model)
  if (model === null) return 'Model: choose an ONNX file, or enter its path.'
  const device = fields.device === other.device ? given(fields.customDevice) : fields.device
  if (device === null) return 'Device: enter an address.'
  const link = fields.link === other.link ? given(fields.customLink) : fields.link
  if (link === null) return 'Link: enter a rate in Mbit/s.'
  const { threads, timeS } = fields
  if (threads === '' || !Number.isInteger(threads) || threads < 1) return 'Threads: enter a whole number from 1.'
  if (timeS !== '' && !(timeS > 0)) return 'Time per file: enter a number above 0, or nothing.'
  const input = given(fields.input)
  const size = input !== null && /^\d+$/.test(input) ? Number(input) : null
  if (size === 0) return 'Input: enter a size above 0.'
  return {
    ...{ model, device, link, threads, size },
    input: size === null ? input : null,
    server: fields.server,
    output: given(fields.output),
    points: fields.points,
    timeS: timeS === '' ? null : timeS,
  }
}
