import type { Component } from 'vue'
import { defineAsyncComponent } from 'vue'

export type Fetch = () => Promise<{ default: Component }>

const retryMs = 700

/** A component that is fetched when it is first shown: a start waits for none. */
export const later = (loader: Fetch): Component =>
  // A desktop process that is just being started again has it in a moment.
  defineAsyncComponent({ loader, onError: (_, retry) => void setTimeout(retry, retryMs) })

/** Fetches one after the other while the window has nothing to do, so that nobody ever waits for what comes later. */
export function fetchWhenIdle(all: readonly Fetch[]): void {
  const next = (index: number): void => {
    const fetch = all[index]
    if (!fetch) return
    requestIdleCallback(
      () =>
        void fetch().then(
          () => next(index + 1),
          () => {},
        ),
      { timeout: 2000 },
    )
  }
  next(0)
}
