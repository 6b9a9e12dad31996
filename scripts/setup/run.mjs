#!/usr/bin/env node
// The one way in: `node scripts/setup/run.mjs <what> [arguments]`. Sets up what is missing, builds what has changed and
// runs the wanted command on the project's Node. Needs nothing but Node >= 20; every npm script and bin/splitbench end here.
import { SetupError, say } from './console.mjs'

const minimumNode = 20

// ONNX Runtime's telemetry is on by default, in Python's too, which set-up loads once to see whether it works.
process.env.ORT_DISABLE_TELEMETRY = '1'

async function main() {
  if (Number.parseInt(process.versions.node, 10) < minimumNode) {
    throw new SetupError(`Node ${process.versions.node} is too old.`, `Install Node ${minimumNode} or newer.`)
  }
  const { commands } = await import('./commands.mjs')
  const [what = '', ...args] = process.argv.slice(2)
  const command = commands[what]
  if (!command) throw new SetupError(`Unknown command '${what}'.`, `One of: ${Object.keys(commands).join(', ')}.`)
  const { setUp } = await import('./set-up.mjs')
  await setUp(command)
  const { callersFolder, launch } = await import('./launch.mjs')
  for (const line of await command.run(args)) {
    const code = await launch(line, { folder: command.forUser ? callersFolder() : undefined })
    if (code !== 0) return code
  }
  return 0
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    say(`splitbench: ${error instanceof Error ? error.message : error}`)
    if (error instanceof SetupError) say(`  ${error.hint}`)
    else if (error instanceof Error && process.env.SPLITBENCH_DEBUG) say(String(error.stack))
    process.exitCode = 1
  },
)
