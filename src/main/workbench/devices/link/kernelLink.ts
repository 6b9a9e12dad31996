import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Link } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import { entryOf } from '../../entries.ts'
import { agentStore } from '../../store/userFile.ts'
import { childTransport } from '../childTransport.ts'
import type { Transport } from '../transport.ts'

/** Agent and tail server of this computer behind a loopback of their own that the kernel makes slow. */
export interface KernelLink {
  /**
   * netem gives rate, delay and loss to every packet. Where the kernel lacks it, tbf limits the rate by a token bucket
   * of one packet: in a loop without rests, as inferences are, the rate holds; a packet after a rest passes at once.
   */
  discipline: 'netem' | 'tbf'
  device: Transport
  server: Transport
  /** To be called when both have ended: nothing of it stays. */
  close(): Promise<void>
}

/** Ethernet's; loopback would pass 64 kB as one packet. */
const mtu = 1500
const burstBytes = 1600

/**
 * Linux only: a network namespace in a user namespace of its own, so that no rights are needed and nothing outside is
 * slowed. Rate, delay and loss hold for both directions, and count the headers of IP and TCP. Throws `component-missing`
 * with the reason where the system cannot do it.
 */
export async function openKernelLink({ rateMbps, rttMs, loss }: Link): Promise<KernelLink> {
  const rate = `${Math.round(rateMbps * 1e6)}bit`
  const netem = [`rate ${rate}`, ...(rttMs ? [`delay ${rttMs / 2}ms`] : []), ...(loss ? [`loss ${loss * 100}%`] : [])]
  const plain = !rttMs && !loss
  const script = [
    `ip link set lo mtu ${mtu} up`,
    `if tc qdisc add dev lo root netem ${netem.join(' ')} 2>/dev/null; then echo netem`,
    ...(plain
      ? [`elif tc qdisc add dev lo root tbf rate ${rate} burst ${burstBytes} latency 60s 2>/dev/null; then echo tbf`]
      : []),
    'else echo none; fi',
    'exec cat >/dev/null',
  ].join('\n')
  const holder = spawn('unshare', ['--user', '--map-root-user', '--net', '--', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  holder.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text).slice(-300)
  })
  const gone = once(holder, 'close').catch(() => {})
  const word = await Promise.race([
    once(holder.stdout, 'data').then(([text]) => String(text).trim()),
    gone.then(() => ''),
    once(holder, 'error').then(([error]: Error[]) => {
      complaint = error!.message
      return ''
    }),
  ])
  const close = async (): Promise<void> => {
    holder.stdin.end()
    await gone
  }
  if (word !== 'netem' && word !== 'tbf') {
    await close()
    const why =
      word === 'none'
        ? `the kernel has no netem${plain ? ' and no tbf' : ', and tbf can neither delay nor lose'}`
        : complaint.trim() || 'unshare failed'
    throw new CodedError(
      'component-missing',
      `The kernel cannot shape this link: ${why}.`,
      'Leave --shaping out: paced sending works everywhere.',
    )
  }
  const inside = (entry: 'agent' | 'tail'): Transport => {
    const { command, args } = entryOf(entry)
    const place = ['--target', String(holder.pid), '--user', '--net', '--preserve-credentials', '--']
    return childTransport('local', {
      command: 'nsenter',
      args: [...place, command, ...args, '--store', agentStore(entry)],
    })
  }
  return { discipline: word, device: inside('agent'), server: inside('tail'), close }
}
