import { z } from 'zod'

/** What carried the data link's bytes: a loopback port, SSH's forwarded ports, or the agents' own connections. */
export const linkWaySchema = z.enum(['tcp', 'ssh', 'serial line', 'relay'])
export type LinkWay = z.infer<typeof linkWaySchema>
