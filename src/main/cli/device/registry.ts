import type { Command } from 'commander'
import { addDevice, findDevice, listDevices, removeDevice } from '../../workbench/devices/registry.ts'
import { nameDevice } from '../../workbench/devices/resolveDevice.ts'
import { printJson } from '../command.ts'
import { withDevice } from './session.ts'
import { cardLines, deviceTable } from './show.ts'

/** `device add`, `list`, `probe`, `remove`. */
export function addRegistryVerbs(device: Command): void {
  device
    .command('add')
    .description('Connect to a device and keep it under a name.')
    .argument('<name>', 'what to call it')
    .argument('<address>', 'where it is (see splitbench device --help)')
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--offline', 'add it without connecting')
    .option('--json', 'print one JSON document on stdout')
    .action(async (name: string, address: string, options: Options & { offline?: boolean }) => {
      const named = { ...nameDevice(address), name }
      // Before anything is connected: a name that cannot be kept is a mistake of the command.
      const record = await addDevice({ name, address })
      const fresh = record.lastSeen === null
      try {
        if (!options.offline) await withDevice({ ...named, registered: true }, options, async () => {})
      } catch (error) {
        if (fresh) await removeDevice(name).catch(() => {})
        throw error
      }
      print(findDevice(name) ?? record, options)
    })

  device
    .command('list')
    .description('What has been added, with what each told when it was last reached.')
    .option('--json', 'print one JSON document on stdout')
    .action(({ json }: Options) => {
      const devices = listDevices()
      if (json) printJson({ protocol: 1, devices })
      else if (devices.length === 0)
        process.stdout.write('No device has been added yet: splitbench device add NAME ADDRESS.\n')
      else process.stdout.write(`${deviceTable(devices).join('\n')}\n`)
    })

  device
    .command('probe')
    .description('Connect to a device, install the runtime where it is not there, and print its card.')
    .argument('<device>', 'name or address')
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--json', 'print one JSON document on stdout')
    .action(async (text: string, options: Options) => {
      const named = nameDevice(text)
      const card = await withDevice(named, options, async (reached) => reached.card)
      if (options.json) printJson({ protocol: 1, name: named.name, kind: named.address.kind, card })
      else process.stdout.write(`${named.name} (${named.address.kind})\n${cardLines(card).join('\n')}\n`)
    })

  device
    .command('remove')
    .description('Forget a device. What was pushed to it stays there.')
    .argument('<name>', 'its name')
    .option('--json', 'print one JSON document on stdout')
    .action(async (name: string, options: Options) => {
      const record = await removeDevice(name)
      if (options.json) printJson({ protocol: 1, removed: record })
      else process.stdout.write(`Removed ${name} (${record.address}).\n`)
    })
}

interface Options {
  acceptNewHostKey?: boolean
  json?: boolean
}

function print(record: ReturnType<typeof listDevices>[number], { json }: Options): void {
  if (json) printJson({ protocol: 1, device: record })
  else
    process.stdout.write(
      `Added ${record.name} (${record.address}).\n${record.card ? `${cardLines(record.card).join('\n')}\n` : ''}`,
    )
}
