import { simulations } from '#common/device/simulation.ts'
import { hostSettings, sshAliases } from '../../devices/ssh/config.ts'
import { sshPlaces } from '../../devices/ssh/places.ts'
import { parseSshTarget } from '../../devices/ssh/target.ts'

/** What a user can pick rather than type when adding a device. */
export function choices() {
  return {
    hosts: hosts(),
    simulated: Object.entries(simulations).map(([profile, { board, gamma }]) => ({
      profile,
      about: `${board}, ${gamma} × this computer's times`,
    })),
  }
}

/** Hosts of the user's SSH configuration with where they lead; those that cannot be read are offered by name alone. */
function hosts(): { alias: string; about: string }[] {
  const places = sshPlaces()
  let aliases: string[]
  try {
    aliases = sshAliases(places)
  } catch {
    // A configuration that cannot be read is said when a host of it is connected.
    return []
  }
  return aliases.map((alias) => {
    try {
      const { user, host, port } = hostSettings(parseSshTarget(alias), places)
      return { alias, about: `${user}@${host}${port === 22 ? '' : `:${port}`}` }
    } catch {
      return { alias, about: '' }
    }
  })
}
