/** Asks one question, given as JSON, on the terminal that it is started in; prints the answer as JSON. */
import { askOnTerminal } from '../../src/main/cli/ask.ts'

const answer = await askOnTerminal(JSON.parse(process.argv[2]!), new AbortController().signal)
console.log(`answer: ${JSON.stringify(answer ?? null)}`)
