import { startApp } from './electron/start.ts'

// Not awaited: Electron becomes ready only after this module has been evaluated.
void startApp(process.argv)
