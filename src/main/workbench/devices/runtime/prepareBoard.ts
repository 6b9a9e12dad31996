import type { DeviceCard } from '#common/contract/device.ts'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import type { Ask } from '../ask.ts'
import type { BoardShell } from '../boardShell.ts'
import { agentBundle, codersBundle } from './agentBundle.ts'
import { boardArch } from './boardArch.ts'
import { type Bundle, bundleCache, type RuntimeBundle, runtimeBundle, type Watch } from './bundles.ts'
import { assertRoom, deliver, lineEstimate } from './deliver.ts'
import { partOf, placeOf } from './installScript.ts'
import { type BoardFacts, parseProbe } from './probe.ts'
import { probeScript } from './probeScript.ts'
import { recipes } from './recipes.ts'
import { chooseStart, startCommand } from './start.ts'

export interface PrepareOptions extends Watch {
  ask: Ask
  cache?: string
}

export interface PreparedBoard {
  /** A POSIX sh command line that becomes the agent, over its standard streams; further arguments may be appended. */
  command: string
  card: DeviceCard
  /** 'wasm': ONNX Runtime as WebAssembly, whose times are not comparable with native ones. */
  runtime: 'native' | 'wasm'
  /** Bytes that were sent: 0 from the second time on. */
  sentBytes: number
  /** For the user, where something is less than it could be. */
  notes: string[]
}

/** Up to here nobody is asked before something is sent over a slow line. */
const unaskedS = 60
const probeTimeoutMs = 30_000

/**
 * From a shell on a board to a command that starts the agent there: what the board is, the runtime and the agent pushed
 * if they are not there, and tried. Throws `device-unsupported` before anything is sent where there is no runtime for it,
 * `disk-full`, `device-failed`, `download-failed`, `component-missing`, `cancelled`.
 */
export async function prepareBoard(shell: BoardShell, options: PrepareOptions): Promise<PreparedBoard> {
  try {
    return await prepare(shell, options)
  } catch (error) {
    throw options.signal.aborted ? new CodedError('cancelled', 'Cancelled.') : error
  }
}

async function prepare(shell: BoardShell, options: PrepareOptions): Promise<PreparedBoard> {
  const { signal, cache = bundleCache() } = options
  const facts = await probeBoard(shell, options)
  const arch = boardArch(shell.name, facts)
  const runtime = await runtimeBundle(arch, options, cache)
  const coders = await codersBundle(options, cache)
  const agent = await agentBundle(options, cache)
  const missing = [runtime, coders, agent]
    .filter((bundle) => !facts.present.has(placeOf(bundle)))
    .map((bundle) => ({ bundle, received: facts.parts.get(partOf(bundle)) ?? 0 }))
  assertRoom(shell.name, facts.freeBytes, missing)
  await assertWanted(shell, missing, options)

  let sentBytes = 0
  for (const { bundle } of missing) sentBytes += (await deliver(shell, bundle, options)).sent
  const way = await chooseStart(shell, runtime, recipes[arch].loader, signal)
  return {
    command: startCommand({ runtime, coders, agent }, way),
    card: { ...facts.card, runtime: runtime.runtimeTitle, agent: agent.version },
    runtime: runtime.runtime,
    sentBytes,
    notes: notesOf(shell, facts, runtime),
  }
}

/** What a board is and what of ours it has; nothing there is changed. */
export async function probeBoard(
  shell: BoardShell,
  { onProgress, signal }: Pick<Watch, 'onProgress' | 'signal'>,
): Promise<BoardFacts> {
  onProgress({ phase: 'probe', title: `Looking at ${shell.name}`, unit: '', done: 0, total: 1, etaS: null })
  const { stdout } = await shell.exec(probeScript, { signal, timeoutMs: probeTimeoutMs })
  return parseProbe(shell.name, stdout, new Date())
}

/** A runtime over a slow line takes an hour or more: only who has been told so and agrees gets it that way. */
async function assertWanted(
  shell: BoardShell,
  missing: readonly { bundle: Bundle; received: number }[],
  { ask, signal }: PrepareOptions,
): Promise<void> {
  const { lineBytesPerS } = shell
  if (missing.length === 0 || (lineBytesPerS === undefined && shell.upload)) return
  const bytes = missing.reduce((sum, { bundle, received }) => sum + bundle.bytes - received, 0)
  const names = missing.map(({ bundle }) => bundle.title)
  const titles = [...names.slice(0, -2), names.slice(-2).join(' and ')].join(', ')
  const estimate = lineBytesPerS === undefined ? undefined : lineEstimate(bytes, lineBytesPerS)
  if (shell.upload && estimate && estimate.seconds <= unaskedS) return
  const lack = `${titles} ${missing.length > 1 ? 'are' : 'is'} not on ${shell.name} yet`
  if (shell.upload && estimate) {
    const text = `${lack}. Over this line that is ${estimate.text}. Send it now?`
    if ((await ask({ kind: 'confirm', text, yes: 'Send' }, signal)) === true) return
  }
  throw new CodedError(
    'device-failed',
    `Device ${shell.name}: ${lack} (${estimate?.text ?? formatBytes(bytes)} over this line), and nothing was sent.`,
    'Add the board over SSH once, or take a memory card: `splitbench device bundle --help` tells how.',
  )
}

function notesOf(shell: BoardShell, { libc }: BoardFacts, { runtime, withoutCLibrary }: RuntimeBundle): string[] {
  return [
    ...(runtime === 'wasm'
      ? [
          `${shell.name} runs ONNX Runtime as WebAssembly, with one thread: its times are not comparable with native ones.`,
        ]
      : []),
    ...(withoutCLibrary === null
      ? []
      : [`The runtime goes without its own C library (${withoutCLibrary}) and uses the board's ${libc ?? 'one'}.`]),
  ]
}
