import type { Command } from 'commander'
import { formatDoctorReport, runDoctor } from '../workbench/doctor/index.ts'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Show each component with version and origin, and what will not work without it.')
    .option('--json', 'print one JSON document on stdout')
    .action(async ({ json }: { json?: boolean }) => {
      const report = await runDoctor()
      process.stdout.write(
        json ? `${JSON.stringify(report, null, 2)}\n` : `${formatDoctorReport(report, { hints: true })}\n`,
      )
    })
}
