import type { Link } from '#common/contract/config.ts'
import { listLinks } from '../../links/store.ts'

/** Links that were measured, as every page can choose them. */
export const storedLinks = (): Link[] => listLinks().map(({ name, rateMbps, rttMs }) => ({ name, rateMbps, rttMs }))
