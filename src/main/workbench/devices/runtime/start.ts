import { CodedError } from '#common/errors.ts'
import type { BoardShell } from '../boardShell.ts'
import { deathOf } from '../death.ts'
import { readyFile } from './archive.ts'
import type { Bundle, RuntimeBundle } from './bundles.ts'
import { boardFailure } from './failure.ts'
import { placeOf } from './installScript.ts'

/** How Node is started there: as it is, or by the loader and the C library that came with it. */
export type StartWay = { kind: 'plain' } | { kind: 'loader'; loader: string }

/** Paths relative to ~/.splitbench. */
const nodeLine = (runtime: Pick<Bundle, 'place' | 'id'>, way: StartWay): string => {
  const folder = `./${placeOf(runtime)}`
  return way.kind === 'plain'
    ? `${folder}/bin/node`
    : `${folder}/lib/${way.loader} --library-path ${folder}/lib ${folder}/bin/node`
}

/**
 * Tries Node on the board, first on the board's own C library, then on the runtime's: a 32-bit system on a 64-bit kernel
 * ("required file not found"), one with an older glibc, or with another C library takes the second. Throws
 * `device-unsupported` where the processor lacks instructions, `device-failed` where neither starts.
 */
export async function chooseStart(
  shell: BoardShell,
  runtime: RuntimeBundle,
  loader: string,
  signal: AbortSignal,
): Promise<StartWay> {
  const plain: StartWay = { kind: 'plain' }
  const tried = await tryNode(shell, runtime, plain, signal)
  if (tried.code === 0) return plain
  const own: StartWay = { kind: 'loader', loader }
  const retried = runtime.withoutCLibrary === null ? await tryNode(shell, runtime, own, signal) : tried
  if (retried.code === 0) return own
  const death = deathOf(shell.name, { exit: () => retried, stderrTail: () => retried.stderr })
  if (death.code === 'device-unsupported') throw death
  const { message, data } = boardFailure(shell.name, 'start the runtime', tried.code === 126 ? tried : retried)
  throw new CodedError(
    'device-failed',
    message,
    runtime.withoutCLibrary === null
      ? `Check that programs may run from the home folder there; ~/.splitbench/${placeOf(runtime)} may be damaged: remove it, and it is sent again.`
      : "The board's C library may be too old, and this computer could not fetch another for it: run the same command on a Debian system, or update the board.",
    data,
  )
}

const tryNode = (shell: BoardShell, runtime: RuntimeBundle, way: StartWay, signal: AbortSignal) =>
  shell.exec(`cd "$HOME/.splitbench" && ${nodeLine(runtime, way)} --version`, { signal, timeoutMs: 60_000 })

/**
 * The command line that becomes the agent: `exec` makes its exit code and its process the command's own. ONNX Runtime
 * decides on its telemetry when it loads, so the switch is in the environment from the start.
 */
export function startCommand(
  { runtime, coders, agent }: Record<Bundle['place'], Pick<Bundle, 'place' | 'id'>>,
  way: StartWay,
): string {
  return [
    'cd "$HOME/.splitbench" || exit 90',
    'unset NODE_OPTIONS NODE_PATH',
    // When it was used last: the two newest stay on the board.
    `touch -c ${[runtime, coders, agent].map((bundle) => `./${placeOf(bundle)}/${readyFile}`).join(' ')} 2>/dev/null`,
    `ORT_DISABLE_TELEMETRY=1 SPLITBENCH_RUNTIME="$PWD/${placeOf(runtime)}" SPLITBENCH_CODERS="$PWD/${placeOf(coders)}"`,
    'export ORT_DISABLE_TELEMETRY SPLITBENCH_RUNTIME SPLITBENCH_CODERS',
    `exec ${nodeLine(runtime, way)} ./${placeOf(agent)}/agent.mjs --store "$HOME/.splitbench/store"`,
  ].join('; ')
}
