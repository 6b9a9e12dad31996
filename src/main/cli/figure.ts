import { mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { writeFileAtomic } from '../../system/atomic.ts'
import { figureNamed, figures } from '../workbench/figures/index.ts'
import { printJson } from './command.ts'

/** Numbered figures of the papers as views of stored runs. */
export function addFigure(program: Command): void {
  program
    .command('figure')
    .description('Draw a figure of a paper from a stored run; writes NAME.svg and NAME.csv.')
    .argument('<name>', Object.keys(figures).join(', '))
    .argument('<run>', 'folder of the run, also of an unfinished one, or its JSON')
    .option('--out <folder>', 'where the files go', '.')
    .option('--json', 'print the names of the files as JSON on stdout')
    .action(async (name: string, run: string, { out, json }: { out: string; json?: boolean }) => {
      const files = figureNamed(name).draw(run)
      mkdirSync(resolve(out), { recursive: true })
      const written: string[] = []
      for (const [ending, text] of Object.entries(files)) {
        const path = join(resolve(out), `${name}.${ending}`)
        await writeFileAtomic(path, text)
        written.push(relative(process.cwd(), path))
      }
      if (json) printJson({ protocol: 1, figure: name, files: written })
      else process.stdout.write(`${written.join('\n')}\n`)
    })
}
