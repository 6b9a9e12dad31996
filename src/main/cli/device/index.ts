import type { Command } from 'commander'
import { addBundle } from './bundle.ts'
import { addCalibrate } from './calibrate.ts'
import { addConsoleVerb } from './console.ts'
import { addFileVerbs } from './files.ts'
import { addRegistryVerbs } from './registry.ts'
import { addDeviceRun } from './run.ts'
import { addTimeVerb } from './time.ts'

/** `splitbench device …`: the boards that heads run on. */
export function addDevice(program: Command): void {
  const device = program
    .command('device')
    .description('The devices that heads run on: add, look at, push to, time on.')
    .addHelpText(
      'after',
      `
A device is named by what was added under a name, or by its address:
  local                                     this computer, through the agent that runs on a board
  ssh://user@host[:port], or HOST           over SSH; hosts of ~/.ssh/config can be named
  serial:/dev/ttyUSB0?baud=115200           on a serial line
  simulated[:pi-3|pi-4|pi-5|flaky|hot]      this computer, slowed by a known factor: times are modelled
`,
    )
  const verbs = [addRegistryVerbs, addFileVerbs, addTimeVerb, addCalibrate, addDeviceRun, addConsoleVerb, addBundle]
  for (const add of verbs) add(device)
  device.action(() => device.help({ error: true }))
}
