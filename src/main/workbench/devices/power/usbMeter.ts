import { CodedError } from '#common/errors.ts'
import type { PowerReading } from '#common/latency/energy.ts'
import { parseMeterLine } from '#common/latency/energy.ts'

/** A power meter between the board and its supply that streams text lines over a serial port of this computer. */
export interface UsbMeter {
  name: string
  /** Readings that arrived between two moments of `performance.now()`. */
  between(fromMs: number, toMs: number): PowerReading[]
  close(): Promise<void>
}

const firstReadingMs = 5000
const maxLine = 500
/** An hour at ten a second. */
const maxReadings = 36_000

/** Throws `device-failed` where the port cannot be opened, or no line of it is a reading within five seconds. */
export async function openUsbMeter(path: string, baudRate = 115_200): Promise<UsbMeter> {
  const readings: PowerReading[] = []
  const { SerialPort } = await import('serialport')
  const port = new SerialPort({ path, baudRate, autoOpen: false })
  await new Promise<void>((resolve, reject) => {
    port.open((error) =>
      error ? reject(failed(path, error.message, 'Check the path and that nothing else uses it.')) : resolve(),
    )
  })
  let arrived: () => void = () => {}
  const first = new Promise<void>((resolve) => {
    arrived = resolve
  })
  let rest = ''
  port.on('error', () => {})
  port.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split(/[\r\n]+/)
    rest = lines.pop()!.slice(-maxLine)
    for (const line of lines) {
      const watts = parseMeterLine(line)
      if (watts === null || watts < 0) continue
      readings.push({ atMs: performance.now(), watts })
      if (readings.length > maxReadings) readings.shift()
      arrived()
    }
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (port.isOpen) port.close(() => resolve())
      else resolve()
    })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          failed(path, 'no line of it is a reading', 'It should stream lines such as "5.12,0.63" (V, A) or JSON.'),
        ),
      firstReadingMs,
    )
  })
  try {
    await Promise.race([first, late])
  } catch (error) {
    await close()
    throw error
  } finally {
    clearTimeout(timer)
  }
  return {
    name: `USB meter at ${path}`,
    between: (fromMs, toMs) => readings.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
    close,
  }
}

const failed = (path: string, why: string, hint: string): CodedError =>
  new CodedError('device-failed', `The power meter at ${path}: ${why}.`, hint)
