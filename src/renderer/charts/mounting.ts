interface Mount {
  place: HTMLElement
  /** `width` and `height` of the place, in CSS pixels. */
  make(width: number, height: number): void
  /** Of the idle callback that makes it. */
  idle?: number
}

let waiting: Mount[] = []
const patienceMs = 300

/**
 * Makes the charts of a page together. Sizes are read before any of them is put into the page (each reading after that
 * would lay the page out anew), and what is out of sight waits until nothing else is to be done. Returns what takes it
 * back.
 */
export function mountTogether(mount: Mount): () => void {
  if (waiting.length === 0) queueMicrotask(makeAll)
  waiting.push(mount)
  return () => {
    waiting = waiting.filter((one) => one !== mount)
    if (mount.idle !== undefined) cancelIdleCallback(mount.idle)
  }
}

function makeAll(): void {
  const measured = waiting.map((mount) => ({
    mount,
    seen: mount.place.getBoundingClientRect().top < window.innerHeight,
    width: mount.place.clientWidth,
    height: mount.place.clientHeight,
  }))
  waiting = []
  for (const { mount, seen, width, height } of measured) {
    if (seen) mount.make(width, height)
    else
      mount.idle = requestIdleCallback(() => mount.make(mount.place.clientWidth, mount.place.clientHeight), {
        timeout: patienceMs,
      })
  }
}
