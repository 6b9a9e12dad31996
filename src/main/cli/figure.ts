import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { writeFileAtomic } from '../../system/atomic.ts'
import { makeFolder } from '../../system/makeFolder.ts'
import { figureNamed, figures } from '../workbench/figures/index.ts'
import { wrap } from '../workbench/reports/columns.ts'
import { printJson } from './command.ts'
import { positive } from './options.ts'

interface Options {
  gamma?: number
  list?: boolean
  out: string
  json?: boolean
}

/** Numbered figures of the papers as views of stored runs. */
export function addFigure(program: Command): void {
  program
    .command('figure')
    .description('Draw a figure of a paper from stored records; writes NAME.svg and NAME.csv.')
    .argument('[name]', 'one of those that --list names')
    .argument('[records...]', 'folders of runs, also of unfinished ones, or their JSON; several seeds become means')
    .option('--list', 'print the figures, and which records each of them needs')
    .option('--gamma <n>', "model the device: n times slower than the server's machine", positive)
    .option('--out <folder>', 'where the files go', '.')
    .option('--json', 'print one JSON document on stdout')
    .action(async (name: string | undefined, records: string[], options: Options) => {
      if (options.list) return list(options.json)
      if (name === undefined) {
        throw new CodedError('bad-usage', 'Which figure?', '`splitbench figure --list` names them.')
      }
      const figure = figureNamed(name)
      if (records.length === 0) {
        throw new CodedError(
          'bad-usage',
          `${name} is drawn from records, and none is named.`,
          `It needs ${figure.needs}.`,
        )
      }
      await write(name, figure.draw(records, { gamma: options.gamma ?? null }), options)
    })
}

function list(json: boolean | undefined): void {
  const known = Object.entries(figures)
  if (json) {
    printJson({ protocol: 1, figures: known.map(([name, { title, needs }]) => ({ name, title, needs })) })
    return
  }
  const text = known.flatMap(([name, { title, needs }]) => [`${name}: ${title}`, ...wrap(`  needs ${needs}`, 100)])
  process.stdout.write(`${text.join('\n')}\n`)
}

async function write(name: string, files: object, { out, json }: Options): Promise<void> {
  makeFolder(resolve(out))
  const written: string[] = []
  for (const [ending, text] of Object.entries(files) as [string, string][]) {
    const path = join(resolve(out), `${name}.${ending}`)
    await writeFileAtomic(path, text)
    written.push(relative(process.cwd(), path))
  }
  if (json) printJson({ protocol: 1, figure: name, files: written })
  else process.stdout.write(`${written.join('\n')}\n`)
}
