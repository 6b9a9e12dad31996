import { Workbench } from '../../src/main/workbench/desktop/workbench.ts'
import { shortWork } from './shortWork.ts'

// A desktop process of its own, to be killed: `node workbenchProcess.ts <workspace> <door> <ms per job>`.
const [workspace, door, ms] = process.argv.slice(2)
const workbench = new Workbench(workspace!, door as 'web' | 'window' | 'terminal', shortWork(Number(ms)))
await workbench.client()
process.stdout.write('ready\n')
process.stdin.resume()
