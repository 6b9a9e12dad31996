import type { DeviceInfo } from '#common/contract/result.ts'
import type { WatchedChannel } from '../../../system/watchedChild.ts'

/** A way to a device: it starts an agent there and carries bytes. The protocol above it is the same for all kinds. */
export interface Transport {
  readonly name: string
  readonly kind: DeviceInfo['kind']
  /** Starts the agent. Throws `device-failed` or `component-missing` where that cannot be done. */
  open(): Promise<WatchedChannel>
}
