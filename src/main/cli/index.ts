import { Command, CommanderError } from 'commander'
import { CodedError, errorCodes, toErrorShape } from '#common/errors.ts'
import { cancelled, watchSignals } from './cancel.ts'
import { addCompare } from './compare.ts'
import { addDevice } from './device/index.ts'
import { addDoctor } from './doctor.ts'
import { addDownload } from './download.ts'
import { addFigure } from './figure.ts'
import { addImport } from './importModel.ts'
import { addInspect } from './inspect.ts'
import { addJobs } from './jobs.ts'
import { addLink } from './link.ts'
import { addModelVerbs } from './modelVerbs.ts'
import { addPreprocess } from './preprocess.ts'
import { addPretrain } from './pretrain.ts'
import { addProfile } from './profile.ts'
import { addReport } from './report.ts'
import { addReports } from './reports.ts'
import { addSelect } from './select.ts'
import { addSweep } from './sweep.ts'
import { showError } from './terminal.ts'

/** Door 3: the terminal. stdout holds the result, stderr progress and logs; the exit code is protocol.md's. */
const program = new Command('splitbench')
  .description('Train, prune, split, deploy, time and compare networks for device-edge cooperative inference.')
  .version('0.1.0')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ outputError: (text, write) => write(`splitbench: ${text.replace(/^error: /, '')}`) })
  .showHelpAfterError('(run with --help for what there is)')

for (const add of [
  addCompare,
  addModelVerbs,
  addImport,
  addPretrain,
  addInspect,
  addProfile,
  addReport,
  addReports,
  addFigure,
  addSelect,
  addSweep,
  addPreprocess,
  addDownload,
  addDevice,
  addLink,
  addJobs,
  addDoctor,
])
  add(program)
program.action(() => program.help({ error: true }))

watchSignals()

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : errorCodes['bad-usage']
  else {
    const shape = cancelled.aborted
      ? { code: 'cancelled' as const, message: 'Cancelled.', hint: hintOf(error) }
      : toErrorShape(error)
    showError(shape)
    if (process.env.SPLITBENCH_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    process.exitCode = errorCodes[shape.code]
  }
}
// Open handles of a library must not keep a finished command alive.
process.exit()

function hintOf(error: unknown): string | undefined {
  return error instanceof CodedError && error.code === 'cancelled' ? error.hint : undefined
}
