import type { WatchedChannel } from '../../../system/watchedChild.ts'

/** The channel, at whose end (however it came) something else ends too: a session, the hold on a line. */
export function endingWith(channel: WatchedChannel, end: () => Promise<void>): WatchedChannel {
  let ended: Promise<void> | undefined
  const once = (): Promise<void> => {
    ended ??= end()
    return ended
  }
  channel.onClose(() => void once())
  return {
    ...channel,
    async close() {
      await channel.close()
      await once()
    },
  }
}
