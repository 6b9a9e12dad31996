// What set-up says, and how: on stderr, so that a command's `--json` on stdout stays one document.
const colour = process.stderr.isTTY && !process.env.NO_COLOR
const paint = (/** @type {string} */ code, /** @type {string} */ text) =>
  colour ? `\x1b[${code}m${text}\x1b[0m` : text

/** @param {string} text */
export const say = (text) => process.stderr.write(`${text}\n`)

/** @param {string} text */
export const note = (text) => say(paint('2', `  ${text}`))

/** @param {string} text */
export const warn = (text) => say(paint('33', `  ! ${text}`))

/**
 * One step of set-up: announced, then timed.
 * @template T
 * @param {string} title what is done and from where
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now()
  say(`${paint('36', 'set-up')} ${title}`)
  try {
    const result = await work()
    note(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
    return result
  } catch (error) {
    note(`failed after ${((Date.now() - started) / 1000).toFixed(1)} s`)
    throw error
  }
}

/** An error that ends set-up: one line of what and why, one of what to do. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} hint
   */
  constructor(message, hint) {
    super(message)
    this.hint = hint
  }
}

/** @param {number} bytes */
export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`
