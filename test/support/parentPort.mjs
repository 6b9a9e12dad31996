// Loaded before the program: `process.parentPort` as Electron gives it to a utility process, over Node's own channel.
const waiting = []
const listeners = []
process.on('message', ({ message }) => {
  if (listeners.length === 0) waiting.push(message)
  for (const listener of listeners) listener({ data: message })
})
process.parentPort = {
  on(_event, listener) {
    listeners.push(listener)
    for (const message of waiting.splice(0)) listener({ data: message })
  },
  postMessage: (message) => process.send({ message }),
}
