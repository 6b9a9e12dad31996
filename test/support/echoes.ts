// Sends back what it gets from its parent, and ends when that says goodbye.
import { parentChannel } from '../../src/system/parentChannel.ts'

const channel = parentChannel()
channel.onBytes((bytes) => void channel.send(bytes))
channel.onClose(() => process.exit(0))
