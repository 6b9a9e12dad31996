// Prints what `splitbench doctor` finds: `--json` for programs, `--stderr` at the end of set-up, where stdout belongs to
// the command that follows.
import { formatDoctorReport, runDoctor } from '../../src/main/workbench/doctor/index.ts'

const options = new Set(process.argv.slice(2))
const report = await runDoctor()
if (options.has('--json')) {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
} else if (options.has('--stderr')) {
  process.stderr.write(`${formatDoctorReport(report, { hints: false })}\n`)
} else {
  process.stdout.write(`${formatDoctorReport(report, { hints: true })}\n`)
}
