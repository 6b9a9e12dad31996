import type { CompareConfig } from '#common/contract/config.ts'

/** What a job is asked to do, enough to do it again. */
export interface JobSpec {
  config: CompareConfig
  command: string
  /** Absolute; null: below the workspace's runs. */
  out: string | null
  fresh: boolean
}

export const titleOf = ({ frameworks, network }: CompareConfig): string =>
  `Compare ${frameworks.join(', ')} on ${network.name}`
