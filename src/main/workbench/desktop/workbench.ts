import { mkdirSync, realpathSync } from 'node:fs'
import type { ByteChannel } from '#common/contract/channel.ts'
import { connect } from '#common/contract/channel.ts'
import type { Client } from '#common/contract/rpc.ts'
import { client } from '#common/contract/rpc.ts'
import type { JobSummary, WorkbenchContract } from '#common/contract/workbench.ts'
import { workbenchContract } from '#common/contract/workbench.ts'
import { CodedError } from '#common/errors.ts'
import { isAlive } from '../../../system/processes.ts'
import { compare } from '../experiments/compare.ts'
import { channelPair } from './channelPair.ts'
import type { Gate } from './gate.ts'
import { joinOwner, openGate } from './gate.ts'
import { leaveBehind, pickUp } from './handover.ts'
import type { JobWork } from './job.ts'
import type { Door, Lock } from './lock.ts'
import { newLock, newToken, readLock, releaseLock, takeLock } from './lock.ts'
import { Service } from './service.ts'
import type { ClosableChannel } from './socketChannel.ts'

interface Owned {
  lock: Lock
  gate: Gate
  service: Service
}

/**
 * A door's way to the one desktop process of a workspace: this process, if no other living one is it; then the lock is
 * ours. Otherwise the door joins that process as a client, and takes over when it ends.
 */
export class Workbench {
  readonly workspace: string
  readonly #door: Door
  readonly #work: JobWork
  #owned: Owned | undefined
  #taking: Promise<void> | undefined
  #closed = false

  /** The workspace's folder is made where it is not there. */
  constructor(workspace: string, door: Door, work: JobWork = compare) {
    mkdirSync(workspace, { recursive: true })
    this.workspace = realpathSync(workspace)
    this.#door = door
    this.#work = work
  }

  /** Whether this process is the workspace's desktop process now. */
  get owner(): boolean {
    return this.#owned !== undefined
  }

  /** Jobs that end with this process. */
  get live(): JobSummary[] {
    return this.#owned?.service.desk.live() ?? []
  }

  /** Connects one client. When a joined process ends, the channel closes; who connects again finds the successor. */
  async attach(channel: ClosableChannel): Promise<void> {
    const service = await this.#find()
    if (service instanceof Service) return service.attach(channel)
    pipe(channel, service)
    pipe(service, channel)
  }

  /** The contract, for a door in this process. `closed` rejects its requests when the desktop process ends. */
  async client(): Promise<Client<WorkbenchContract>> {
    const [here, there] = channelPair()
    const connection = connect(here)
    const rpc = client(connection, workbenchContract, gone)
    connection.listen()
    await this.attach(there)
    return {
      ...rpc,
      dispose() {
        rpc.dispose()
        here.close()
      },
    }
  }

  /**
   * Cancels this process' jobs, to be resumed later, and gives the lock back. Where other doors are connected to a
   * command's process, its other jobs go on in theirs.
   */
  async close(): Promise<void> {
    this.#closed = true
    const owned = this.#owned
    if (!owned) return
    const left = await owned.service.desk.close()
    await owned.service.close()
    if (this.#door === 'terminal' && left.length > 0 && owned.gate.connected() > 0) leaveBehind(this.workspace, left)
    releaseLock(this.workspace, owned.lock)
    this.#owned = undefined
    owned.gate.close()
  }

  /** The service of this process, or a channel to the owner's. */
  async #find(): Promise<Service | ClosableChannel> {
    let deaf: Lock | undefined
    for (;;) {
      if (this.#closed) throw gone()
      if (this.#owned) return this.#owned.service
      const lock = readLock(this.workspace)
      if (lock && lock.token !== deaf?.token && isAlive(lock)) {
        const joined = await joinOwner(lock)
        if (joined) return joined
        deaf = lock
      }
      this.#taking ??= this.#take(deaf).finally(() => {
        this.#taking = undefined
      })
      await this.#taking
    }
  }

  async #take(deaf: Lock | undefined): Promise<void> {
    const token = newToken()
    let service: Service | undefined
    const gate = await openGate(token, (channel) => service?.attach(channel))
    const lock = newLock(this.#door, gate.port, token)
    try {
      service = new Service(this.workspace, lock, this.#work)
      if (takeLock(this.workspace, lock, deaf).token !== token) return gate.close()
    } catch (error) {
      gate.close()
      throw error
    }
    this.#owned = { lock, gate, service }
    // Also where the process ends without closing: a leftover would only cost the next door a look.
    process.once('exit', () => releaseLock(this.workspace, lock))
    if (this.#door === 'terminal') return
    for (const { id, spec } of pickUp(this.workspace)) service.desk.submit(spec, { id })
  }
}

const gone = (): CodedError =>
  new CodedError('internal', 'The desktop process of this workspace has ended.', 'Try again: another one takes over.', {
    desktopEnded: true,
  })

function pipe(from: ByteChannel, to: ClosableChannel): void {
  from.onBytes((bytes) => void to.send(bytes).catch(() => to.close()))
  from.onClose(() => to.close())
}
