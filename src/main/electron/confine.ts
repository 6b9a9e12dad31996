import type { Session, WebContents } from 'electron'
import { isOwnPage, isReport } from './origin.ts'

/** Copying what is shown, and telling the end of a job. */
const isAllowed = (permission: string): boolean =>
  permission === 'clipboard-sanitized-write' || permission === 'notifications'

/** What the session of the window may do: nothing but load our own pages. */
export function confineSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(isAllowed(permission)))
  session.setPermissionCheckHandler((_contents, permission) => isAllowed(permission))
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    const ours = isOwnPage(url) || isReport(url) || /^(data|blob|devtools|chrome-extension):/.test(url)
    decide({ cancel: !ours })
  })
}

/** Every web contents, whoever makes it: no navigation away, no new windows, no embedded views. */
export function confineContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.on('will-navigate', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-frame-navigate', (event) => {
    // The preview of a report is a document without an address, sandboxed and without scripts.
    const allowed = event.isMainFrame ? isOwnPage(event.url) : isReport(event.url) || event.url === 'about:srcdoc'
    if (!allowed) event.preventDefault()
  })
}
