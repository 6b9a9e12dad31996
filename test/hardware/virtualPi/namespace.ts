import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * Signals every process in the pid namespace that the child of `launcher` (unshare) is the first of. Returns them. Those
 * that start meanwhile are reached too: it goes on until there is no new one.
 */
export function signalNamespace(launcher: number, signal: NodeJS.Signals): number[] {
  const first = childrenOf(launcher)[0]
  const namespace = first === undefined ? undefined : namespaceOf(first)
  const reached = new Set<number>()
  for (let before = -1; namespace !== undefined && before < reached.size; ) {
    before = reached.size
    for (const pid of allPids()) {
      if (reached.has(pid) || namespaceOf(pid) !== namespace) continue
      try {
        process.kill(pid, signal)
      } catch {
        // gone meanwhile
      }
      reached.add(pid)
    }
  }
  return [...reached]
}

const allPids = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger)

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

function childrenOf(parent: number): number[] {
  return allPids().filter((pid) => {
    try {
      return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]) === parent
    } catch {
      return false
    }
  })
}
