import type { Link } from '#common/contract/config.ts'

export const storedLinks = (): Link[] => []
