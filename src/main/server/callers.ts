import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { CodedError } from '#common/errors.ts'

/** The names under which a host on `address`:`port` may be called. */
export function hostsOf(address: string, port: number): Set<string> {
  const names = new Set([isIPv6(address) ? `[${address}]` : address])
  if (isLoopback(address)) for (const name of ['127.0.0.1', 'localhost', '[::1]']) names.add(name)
  return new Set([...names].flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])))
}

export const isLoopback = (address: string): boolean =>
  address === '::1' || address === 'localhost' || address.startsWith('127.')

/**
 * Refuses callers that no page of ours is behind: a foreign Host is DNS rebinding, a foreign Origin another site's
 * page. `origin: required` for WebSockets, which browsers open to any site without asking.
 */
export function checkCaller(
  { headers }: IncomingMessage,
  hosts: ReadonlySet<string>,
  origin: 'required' | 'if sent',
): void {
  const { host = '' } = headers
  if (!hosts.has(host.toLowerCase())) {
    throw new CodedError(
      'access-refused',
      `This host is not called ${JSON.stringify(host.slice(0, 100))}.`,
      'Use the address that Splitbench printed.',
    )
  }
  if (headers.origin === undefined ? origin === 'required' : headers.origin !== `http://${host}`) {
    throw new CodedError(
      'access-refused',
      'This request comes from another site.',
      'Open the address in a tab of its own.',
    )
  }
  const site = headers['sec-fetch-site']
  const navigates = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigates) {
    throw new CodedError(
      'access-refused',
      'This request comes from another site.',
      'Open the address in a tab of its own.',
    )
  }
}
