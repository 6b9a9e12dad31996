import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobEvent } from '#common/contract/job.ts'
import type { ModelRun } from '#common/contract/models.ts'
import { isModelVerb, modelRunSchema } from '#common/contract/models.ts'
import { CodedError } from '#common/errors.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { parseNetwork } from '#common/network/networkFile.ts'
import { readEvents } from '../jobs/eventLog.ts'
import type { RunRecord } from '../store/runFolder.ts'
import { readRecord } from '../store/runFolder.ts'
import { runFolderOf } from './runs.ts'
import { eventsFile } from './shelf.ts'

/** An answer must fit into one message. */
const maxEventsAtOnce = 20_000

/** A finished training or pruning with its network. Throws `unknown-name`, or `bad-data` where it cannot be read. */
export function readModelRun(runsFolder: string, name: string): ModelRun {
  const folder = runFolderOf(runsFolder, name)
  const record = readRecord(folder)
  if (!record || !isModelVerb(record.verb)) {
    throw new CodedError('bad-data', `${name} is no training and no pruning.`, 'Choose a train or prune run.')
  }
  return parsed(folder, name, record)
}

function parsed(folder: string, name: string, record: RunRecord): ModelRun {
  const { verb } = record
  try {
    const { run, protocol: _, ...result } = JSON.parse(readFileSync(join(folder, `${verb}.json`), 'utf8'))
    const network = parseNetwork(readFileSync(join(folder, 'model', 'network.json'), 'utf8'))
    const [input] = network.layers
    const groups = channelGroups(network).groups.filter(({ producers }) =>
      producers.some((layer) => network.layers.some((one) => one.name === layer && one.op === 'conv')),
    )
    return modelRunSchema.parse({
      id: name,
      command: record.command,
      startedAt: record.startedAt,
      workedS: record.workedS,
      resumed: record.resumed,
      versions: run.versions,
      fingerprint: run.fingerprint,
      network: {
        classes: network.classes,
        size: input?.op === 'input' ? input.height : 0,
        groups: groups.map((group) => ({ name: group.name, channels: group.size })),
      },
      outcome: { verb, config: record.config, result },
    })
  } catch (error) {
    throw new CodedError(
      'bad-data',
      `${folder} is not a ${verb} run of this version (${error instanceof Error ? error.message.split('\n')[0] : error}).`,
      `Run \`splitbench ${verb}\` again.`,
    )
  }
}

/** What a finished run's event file holds from `since` on. */
export function eventsOfRun(runsFolder: string, name: string, since: number): { events: JobEvent[]; next: number } {
  const all = readEvents(eventsFile(runFolderOf(runsFolder, name)))
  const events = all.slice(since, since + maxEventsAtOnce)
  return { events, next: since + events.length }
}
