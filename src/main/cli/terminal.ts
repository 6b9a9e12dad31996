import type { JobEvent, Progress } from '#common/contract/job.ts'
import type { ErrorShape } from '#common/errors.ts'
import { formatDuration } from '#common/units.ts'

const width = (): number => Math.max(40, process.stderr.columns ?? 100)

function line({ title, unit, done, total, detail, share, etaS }: Progress): string {
  const count = unit === '' ? '' : ` ${Number.isInteger(done) ? done : done.toFixed(1)}/${total} ${unit}`
  const eta = etaS == null ? '' : ` · about ${formatDuration(etaS)} left`
  const percent = share === undefined ? '' : `${String(Math.floor(share * 100)).padStart(3)} %  `
  return `${percent}${title}${count}${detail ? ` · ${detail}` : ''}${eta}`
}

/**
 * Progress on stderr, so that stdout holds nothing but the result. On a terminal one line is rewritten in place;
 * elsewhere a line appears at every new phase and then every ten seconds.
 */
export function watchJob(): { show(event: JobEvent): void; say(text: string): void; close(): void } {
  const live = process.stderr.isTTY === true
  let phase = ''
  let last = 0
  let open = false
  const clear = (): void => {
    if (open) process.stderr.write('\r\x1b[2K')
    open = false
  }
  return {
    show(event) {
      if (event.kind === 'log') {
        clear()
        process.stderr.write(`${event.level === 'info' ? '' : `${event.level}: `}${event.text}\n`)
      } else if (event.kind === 'progress') {
        const text = line(event.progress)
        if (live) {
          process.stderr.write(`\r\x1b[2K${text.slice(0, width() - 1)}`)
          open = true
        } else if (event.progress.phase !== phase || performance.now() - last > 10_000) {
          process.stderr.write(`${text}\n`)
          last = performance.now()
        }
        phase = event.progress.phase
      }
    },
    say(text) {
      clear()
      process.stderr.write(`${text}\n`)
    },
    close: clear,
  }
}

/** One clear line: what and why; then what next. */
export function showError({ message, hint }: ErrorShape): void {
  process.stderr.write(`splitbench: ${message}\n${hint ? `  → ${hint}\n` : ''}`)
}
