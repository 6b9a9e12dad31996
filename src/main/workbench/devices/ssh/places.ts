import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { userFile } from '../../store/userFile.ts'

/** Where this computer's SSH files lie; tests have their own. */
export interface SshPlaces {
  home: string
  /** The user's name here: SSH's default for the name there. */
  user: string
  /** The user's first: its values win. */
  configs: string[]
  /** Consulted, never written. */
  knownHosts: string[]
  /** Written by us alone. */
  trustStore: string
  /** The socket of a running SSH agent, or the name of Windows' pipe; undefined where there is none. */
  agent: string | undefined
}

export function sshPlaces(environment: NodeJS.ProcessEnv = process.env): SshPlaces {
  const home = homedir()
  const windows = process.platform === 'win32'
  const system = windows ? join(environment.ProgramData ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh'
  return {
    home,
    user: userName(environment),
    configs: [join(home, '.ssh', 'config'), join(system, 'ssh_config')],
    knownHosts: [
      join(home, '.ssh', 'known_hosts'),
      join(home, '.ssh', 'known_hosts2'),
      join(system, 'ssh_known_hosts'),
      join(system, 'ssh_known_hosts2'),
    ],
    trustStore: userFile('known_hosts'),
    agent: environment.SSH_AUTH_SOCK || (windows ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined),
  }
}

/** An account without an entry in the password file has no name to give. */
function userName(environment: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username
  } catch {
    return environment.USER || environment.USERNAME || ''
  }
}
