import { createWriteStream } from 'node:fs'
import { stdin, stdout } from 'node:process'
import type { Command } from 'commander'
import { ConsoleText } from '#common/console/text.ts'
import { CodedError } from '#common/errors.ts'
import { openConsole } from '../../workbench/desktop/devices/openConsole.ts'
import { deviceNamed } from '../../workbench/devices/registry.ts'
import { askOnTerminal } from '../ask.ts'
import { cancelled } from '../cancel.ts'

/** Ctrl-], as telnet has it: every other key belongs to the board. */
const leaveKey = 0x1d

interface Options {
  save?: string
}

/** `device console`. */
export function addConsoleVerb(device: Command): void {
  device
    .command('console')
    .description('Talk to a device: its serial line, or a shell over SSH. Ctrl-] leaves.')
    .argument('<name>', 'name of a device that was added')
    .option('--save <file>', 'append what comes to a file, each line with its time')
    .action(async (name: string, { save }: Options) => {
      deviceNamed(name)
      const source = await openConsole(name, askOnTerminal, cancelled)
      const log = save === undefined ? undefined : createWriteStream(save, { flags: 'a' })
      const text = new ConsoleText()
      if (stdin.isTTY) process.stderr.write(`Console of ${name}; Ctrl-] leaves.\r\n`)
      const ended = new Promise<void>((resolve, reject) => {
        log?.on('error', reject)
        source.onBytes((bytes) => {
          stdout.write(bytes)
          const at = new Date().toISOString()
          for (const line of text.add(bytes)) log?.write(`${at} ${line}\n`)
        })
        source.onClose((error) => (error ? reject(error) : resolve()))
        cancelled.addEventListener('abort', () => reject(new CodedError('cancelled', 'Cancelled.')), { once: true })
        stdin.on('data', (bytes: Buffer) => {
          const end = bytes.indexOf(leaveKey)
          const typed = end < 0 ? bytes : bytes.subarray(0, end)
          if (typed.length > 0) source.write(typed).catch(reject)
          if (end >= 0) resolve()
        })
        stdin.on('end', resolve)
      })
      if (stdin.isTTY) stdin.setRawMode(true)
      try {
        await ended
      } finally {
        if (stdin.isTTY) stdin.setRawMode(false)
        stdin.pause()
        log?.end()
        await source.close()
        process.stderr.write('\r\n')
      }
    })
}
