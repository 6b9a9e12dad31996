import type { Command } from 'commander'
import { describeMeasuredRate } from '#common/latency/linkFit.ts'
import { describeLink, knownLinks, parseLink } from '#common/latency/links.ts'
import { significant } from '#common/units.ts'
import { nameDevice } from '../workbench/devices/resolveDevice.ts'
import { testLink } from '../workbench/experiments/linkTest.ts'
import { assertLinkName, listLinks, removeLink, storeLink } from '../workbench/links/store.ts'
import { alignColumns, plain } from '../workbench/reports/columns.ts'
import { cancelled } from './cancel.ts'
import { printJson } from './command.ts'
import { withDevice } from './device/session.ts'

interface TestOptions {
  device: string
  server: string
  name?: string
  link?: string
  acceptNewHostKey?: boolean
  json?: boolean
}

/** `splitbench link …`: what lies between a device and a server. */
export function addLink(program: Command): void {
  const link = program.command('link').description('Links between devices and servers: measure, list, remove.')
  link
    .command('test')
    .description('Measure rate and round trip in payload-sized messages, and store them as a link if it is named.')
    .requiredOption('--device <device>', 'the end that sends: name or address')
    .option('--server <server>', 'the end that answers: local, ssh://user@host, or the name of a device', 'local')
    .option('--name <name>', 'store it as a link that --link NAME and every page can choose, e.g. lab-wifi')
    .option('--link <link>', 'pace the bytes to this link first: shows what shaping really gives')
    .option('--accept-new-host-key', 'trust an SSH host that is met for the first time without asking')
    .option('--json', 'print one JSON document on stdout')
    .action(test)
  link
    .command('list')
    .description('The links of the papers, and those that were measured.')
    .option('--json', 'print one JSON document on stdout')
    .action(({ json }: { json?: boolean }) => {
      const stored = listLinks()
      if (json) return printJson({ protocol: 1, links: [...knownLinks, ...stored] })
      const rows = [
        ...knownLinks.map((known) => [known.name, describeLink(known), 'of the papers']),
        ...stored.map((one) => [
          one.name,
          `${one.atLeast ? 'at least ' : ''}${describeLink(one)}`,
          `${one.device} to ${one.server} (${one.way}), ${one.measuredAt.slice(0, 16).replace('T', ' ')}`,
        ]),
      ]
      const columns = ['name', 'link', 'measured'].map((title) => ({ title, align: 'left' as const }))
      process.stdout.write(`${alignColumns(columns, rows).map(plain).join('\n')}\n`)
    })
  link
    .command('remove')
    .description('Forget a measured link.')
    .argument('<name>', 'its name')
    .action(async (name: string) => {
      await removeLink(name)
      process.stdout.write(`Removed ${name}.\n`)
    })
  link.action(() => link.help({ error: true }))
}

async function test(options: TestOptions): Promise<void> {
  const named = nameDevice(options.device)
  const serverNamed = nameDevice(options.server)
  const shape = options.link === undefined ? null : parseLink(options.link, listLinks())
  if (options.name !== undefined) assertLinkName(options.name)
  const { acceptNewHostKey = false } = options
  const result = await withDevice(named, { acceptNewHostKey }, ({ device, show }) =>
    withDevice(serverNamed, { acceptNewHostKey, role: 'server' }, ({ device: server }) =>
      testLink({ device, server, shape, signal: cancelled, onProgress: show }),
    ),
  )
  const { rateMbps, rttMs, atLeast, rate95, way, messages } = result
  const about = { measuredAt: new Date().toISOString(), device: named.name, server: serverNamed.name }
  if (options.name !== undefined)
    await storeLink({ name: options.name, rateMbps, rttMs, atLeast, way, messages, ...about })
  const shaping = shape ? 'paced' : 'none'
  if (options.json) return printJson({ protocol: 1, name: options.name ?? null, ...result, ...about, shaping })
  const spread = rate95 ? ` (95 %: ${rate95.map((rate) => significant(rate, 4)).join(' to ')})` : ''
  const how = atLeast
    ? 'time does not grow with the bytes beyond its noise, so the rate is what the largest ones went through with at their best'
    : 'the robust slope of time over bytes, and what remains at 0 bytes'
  const sizes = messages.map(({ bytes }) => bytes)
  process.stdout.write(
    `${named.name} to ${serverNamed.name} (${way}${shape ? `, paced to ${describeLink(shape)}` : ''}): ${describeMeasuredRate(result, 4)}${spread}, ${significant(rttMs)} ms round trip\n` +
      `From ${messages.length} messages of ${Math.min(...sizes)} to ${Math.max(...sizes)} bytes, one in flight: ${how}.\n` +
      (options.name === undefined ? '' : `Stored as link "${options.name}".\n`),
  )
}
