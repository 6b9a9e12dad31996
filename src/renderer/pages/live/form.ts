import type { LiveConfig } from '#common/contract/live.ts'
import type { Objective } from '#common/selection/quantities.ts'
import { customLinkChoice } from '../../components/fields/choices.ts'

/** What the fields hold. */
export interface LiveFields {
  run: string
  device: string
  server: string
  /** "real": nobody paces it. */
  link: string
  customLink: string
  /** "1mbps@10 wifi@20" */
  changes: string
  where: string
  objective: Objective
  points: 'useful' | 'chosen'
  chosenPoints: string[]
  forS: number | ''
  turnS: number | ''
  threads: number | ''
  allowEmulated: boolean
}

export const realLink = 'real'

export const defaultLiveFields = (): LiveFields => ({
  run: '',
  device: '',
  server: 'local',
  link: 'wifi',
  customLink: '2.5,20',
  changes: '',
  where: '',
  objective: 'latency',
  points: 'useful',
  chosenPoints: [],
  forS: 60,
  turnS: 1,
  threads: 1,
  allowEmulated: false,
})

const positive = (value: number | '', most: number): value is number => value !== '' && value > 0 && value <= most

/** The request that the fields stand for, or what is wrong with them. The desktop process checks query and links. */
export function toLiveConfig(
  fields: LiveFields,
  run: string | undefined,
  device: string | undefined,
): LiveConfig | string {
  const { forS, turnS, threads } = fields
  if (run === undefined) return 'Run: choose a finished comparison.'
  if (device === undefined) return 'Device: choose one.'
  if (device === fields.server) return 'Server: choose another one than the device.'
  if (!positive(forS, 86_400)) return 'For: enter 0 to 86,400 s.'
  if (!positive(turnS, 60)) return 'A look at the link every: enter 0 to 60 s.'
  if (!positive(threads, 1024) || !Number.isInteger(threads)) return 'Threads: enter a whole number from 1.'
  if (fields.points === 'chosen' && fields.chosenPoints.length === 0) return 'Candidates: choose at least one point.'
  const changes = fields.changes.split(/[\s;]+|,\s+/).flatMap((text) => text.replace(/,$/, '') || [])
  if (fields.link === realLink && changes.length > 0) return 'Changes: the real link is what it is. Choose a paced one.'
  return {
    ...{ run, device, forS, turnS, threads, changes },
    server: fields.server,
    points: fields.points === 'chosen' ? fields.chosenPoints : null,
    where: fields.where.trim(),
    objective: fields.objective,
    link: fields.link === realLink ? null : fields.link === customLinkChoice ? fields.customLink : fields.link,
    allowEmulated: fields.allowEmulated,
  }
}
