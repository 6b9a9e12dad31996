import { browserHost } from './browser.ts'
import { electronHost } from './electron.ts'
import type { Host } from './host.ts'

export const currentHost = (): Host => (window.splitbench ? electronHost(window.splitbench) : browserHost())
