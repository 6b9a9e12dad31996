/** What the doctor finds, and how it is printed. Pure: no component is touched here. */

export type ComponentStatus =
  /** there, and it works */
  | 'ok'
  /** there, but a slower or smaller stand-in for the real thing */
  | 'degraded'
  | 'missing'
  /** there, but it fails when it is used; `detail` says how */
  | 'broken'

export interface ComponentReport {
  name: string
  status: ComponentStatus
  version?: string
  /** Where it comes from: a path, a package, a set-up route. */
  origin?: string
  /** What is notable about it, or how it failed. */
  detail?: string
  /** What will not work without it. */
  without: string
  /** What the user types or installs to get it. */
  toGet: string
}

export interface DoctorReport {
  protocol: 1
  machine: { platform: string; arch: string; cpu: string; threads: number; memoryBytes: number }
  components: ComponentReport[]
}

const mark: Record<ComponentStatus, string> = { ok: 'ok', degraded: 'degraded', missing: 'missing', broken: 'BROKEN' }

/**
 * The report as lines of text: one per component and, with `hints`, what to do about those that are not ok.
 */
export function formatDoctorReport(report: DoctorReport, options: { hints: boolean }): string {
  const nameWidth = Math.max(...report.components.map(({ name }) => name.length))
  const versionWidth = Math.max(...report.components.map(({ version }) => (version ?? '-').length))
  const lines = report.components.flatMap((component) => {
    const about = [component.origin, component.detail].filter((text) => text !== undefined).join('; ')
    const lack = component.status === 'ok' ? '' : `without it: ${component.without}`
    const line = [
      mark[component.status].padEnd(8),
      component.name.padEnd(nameWidth),
      (component.version ?? '-').padEnd(versionWidth),
      [about, lack].filter((text) => text !== '').join(' | '),
    ].join('  ')
    const hint = `${' '.repeat(10)}${' '.repeat(nameWidth)}  to get it: ${component.toGet}`
    return component.status !== 'ok' && options.hints ? [line, hint] : [line]
  })
  return lines.map((line) => line.trimEnd()).join('\n')
}
