import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError } from '#common/errors.ts'
import { formatBytes, formatDuration } from '#common/units.ts'
import type { BoardShell, CommandOutcome } from '../boardShell.ts'
import { type Bundle, phase, type Watch } from './bundles.ts'
import { boardFailure } from './failure.ts'
import {
  abandonScript,
  beatScript,
  dropScript,
  installScript,
  partOf,
  releaseScript,
  takeScript,
  tidyScript,
} from './installScript.ts'

export interface Delivery {
  /** Bytes that were sent: 0 where the board had all. */
  sent: number
}

export interface DeliverLimits {
  /** Another push of the same that does not get on for so long is given up, and taken over. */
  staleMs: number
  lookMs: number
}

/** Over SSH, many parts of a file are under way at once: before the end of a broken one there may be holes, as far as this. */
const unsureBytes = 4 * 1024 * 1024
const unpackTimeoutMs = 15 * 60_000
/** The connection is given so long to take back what was begun. */
const cleanUpMs = 5000
/** Removing a runtime takes a slow card a while; what is not removed now is removed after the next push. */
const tidyMs = 60_000

/**
 * Brings a bundle to a board: nothing where it is there, else from where a broken push ended; checked by its hash there,
 * unpacked, renamed. Two pushes of the same wait for each other. Throws `disk-full`, `device-failed`, `check-failed`,
 * `cancelled`; half a bundle never gets its name.
 */
export async function deliver(
  shell: BoardShell,
  bundle: Bundle,
  watch: Watch,
  { staleMs, lookMs }: DeliverLimits = { staleMs: 30_000, lookMs: 1500 },
): Promise<Delivery> {
  const { signal } = watch
  const token = randomBytes(6).toString('hex')
  const there = await take(shell, bundle, token, { staleMs, lookMs }, watch)
  if (there === 'ready') return { sent: 0 }

  const pulse = beating(shell, bundle, lookMs * 2)
  try {
    const sent = await sendAndInstall(shell, bundle, there, watch)
    clearInterval(pulse)
    await shell.exec(releaseScript(bundle), { timeoutMs: cleanUpMs }).catch(() => {})
    await shell.exec(tidyScript(bundle), { signal, timeoutMs: tidyMs }).catch(() => {})
    return { sent }
  } catch (error) {
    clearInterval(pulse)
    const full = error instanceof CodedError && error.code === 'disk-full'
    const after = full ? dropScript(bundle) : signal.aborted ? abandonScript(bundle) : releaseScript(bundle)
    await shell.exec(after, { timeoutMs: cleanUpMs }).catch(() => {})
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    throw error
  }
}

/**
 * Tells whoever waits for the lock that its owner is alive. Over a serial line nothing can be said meanwhile, and over a
 * slow network it comes late: there, the growing file is the sign of life.
 */
function beating(shell: BoardShell, bundle: Bundle, everyMs: number): NodeJS.Timeout | undefined {
  if (shell.kind !== 'ssh') return undefined
  let [beat, underWay] = [0, false]
  return setInterval(() => {
    if (underWay) return
    underWay = true
    const said = shell.exec(beatScript(bundle, ++beat), { timeoutMs: unpackTimeoutMs }).catch(() => {})
    void said.then(() => {
      underWay = false
    })
  }, everyMs)
}

/** Returns the bytes that were sent. */
async function sendAndInstall(
  shell: BoardShell,
  bundle: Bundle,
  there: 'archive' | number,
  watch: Watch,
): Promise<number> {
  let sent = 0
  let offset = there === 'archive' ? undefined : Math.max(0, shell.kind === 'ssh' ? there - unsureBytes : there)
  for (;;) {
    if (offset !== undefined) {
      await send(shell, bundle, offset, watch)
      sent += bundle.bytes - offset
    }
    if (await install(shell, bundle, watch)) return sent
    if (offset === 0) {
      throw new CodedError(
        'check-failed',
        `Device ${shell.name}: ${bundle.title} arrived damaged.`,
        'Run the same command again; if it happens again, check the storage of the device.',
      )
    }
    // What an earlier, broken push had left was not what it should have been.
    offset = 0
  }
}

/** Waits for the bundle's lock; returns what of it is on the board: all of it, its archive, or so many bytes. */
async function take(
  shell: BoardShell,
  bundle: Bundle,
  token: string,
  { staleMs, lookMs }: DeliverLimits,
  watch: Watch,
): Promise<'ready' | 'archive' | number> {
  let [state, since, stale] = ['', performance.now(), undefined as string | undefined]
  let failures = 0
  for (;;) {
    const outcome = await shell.exec(takeScript(bundle, token, stale), { signal: watch.signal })
    const [word, rest] = outcome.stdout.trim().split('\n')
    stale = undefined
    if (word === 'ready') return 'ready'
    if (word === 'taken') {
      if (rest === 'archive') return 'archive'
      const bytes = Number(/^part (\d+)$/.exec(rest ?? '')?.[1] ?? 0)
      return bytes <= bundle.bytes ? bytes : 0
    }
    // The other one let go between two looks.
    if (outcome.code === 92 && ++failures < 5) continue
    if (!word?.startsWith('busy ')) throw boardFailure(shell.name, `prepare for ${bundle.title}`, outcome)
    if (word !== state) [state, since] = [word, performance.now()]
    else if (performance.now() - since > staleMs) {
      // An empty word: it died before it had left its name.
      stale = /^busy ([0-9a-f]{12})/.exec(word)?.[1] ?? ''
      since = performance.now()
      continue
    }
    watch.onProgress({
      phase: 'push',
      title: `Waiting for another program that sends ${bundle.title}`,
      unit: '',
      done: 0,
      total: 1,
      etaS: null,
    })
    await sleep(lookMs, undefined, { signal: watch.signal }).catch(() => {
      throw new CodedError('cancelled', 'Cancelled.')
    })
  }
}

async function send(shell: BoardShell, bundle: Bundle, offset: number, watch: Watch): Promise<void> {
  const { signal } = watch
  if (!shell.upload) throw new Error('The shell cannot carry files.')
  const onBytes = phase(watch, 'push', `Sending ${bundle.title}`)
  onBytes(offset, bundle.bytes)
  await shell.upload(bundle.path, `.splitbench/${partOf(bundle)}`, {
    offset,
    onProgress: (done) => onBytes(done, bundle.bytes),
    signal,
  })
}

/** Returns whether what had arrived was whole. */
async function install(shell: BoardShell, bundle: Bundle, watch: Watch): Promise<boolean> {
  const { signal } = watch
  const onBytes = phase(watch, 'install', `Checking and unpacking ${bundle.title} on the device`)
  onBytes(0, bundle.unpackedBytes)
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    const outcome = await shell
      .exec(beatScript(bundle, performance.now()), { timeoutMs: 10_000 })
      .catch(() => undefined)
    const kilobytes = Number(outcome?.stdout.trim() || 0)
    if (kilobytes > 0) onBytes(Math.min(kilobytes * 1024, bundle.unpackedBytes), bundle.unpackedBytes)
    looking = false
  }
  const timer = shell.kind === 'ssh' ? setInterval(() => void look(), 1500) : undefined
  const outcome: CommandOutcome = await shell
    .exec(installScript(bundle), { signal, timeoutMs: unpackTimeoutMs })
    .finally(() => clearInterval(timer))
  const word = outcome.stdout.trim().split('\n').at(-1)
  if (word === 'damaged') return false
  if (word === 'installed' && outcome.code === 0) {
    onBytes(bundle.unpackedBytes, bundle.unpackedBytes)
    return true
  }
  throw boardFailure(shell.name, `install ${bundle.title}`, outcome)
}

/** Throws `disk-full`, before anything is sent, where the board has no room for what is missing. */
export function assertRoom(
  name: string,
  freeBytes: number | null,
  missing: readonly { bundle: Bundle; received: number }[],
): void {
  const sum = (of: (one: { bundle: Bundle; received: number }) => number): number =>
    missing.reduce((total, one) => total + of(one), 0)
  // Blocks and folders, and room for heads.
  const needed = sum(({ bundle, received }) => bundle.bytes - received + bundle.unpackedBytes) + 16e6
  if (missing.length === 0 || freeBytes === null || freeBytes >= needed) return
  throw new CodedError(
    'disk-full',
    `Device ${name}: its disk has ${formatBytes(freeBytes)} free, and ${missing.map(({ bundle }) => bundle.title).join(' and ')} need${missing.length > 1 ? '' : 's'} ${formatBytes(needed)}. Nothing was sent.`,
    'Free some space in the home folder there (old runtimes are in ~/.splitbench/runtime), then run the same command again.',
    { freeBytes, neededBytes: needed },
  )
}

/** What a slow line needs for them, as a sentence's part: "58.2 MB, about 1 h 24 min at 11.5 kB/s". */
export function lineEstimate(bytes: number, bytesPerS: number): { seconds: number; text: string } {
  const seconds = bytes / bytesPerS
  return {
    seconds,
    text: `${formatBytes(bytes)}, about ${formatDuration(seconds)} at ${formatBytes(bytesPerS)}/s`,
  }
}
