/** The scheme and origin of the window's own pages. A custom scheme instead of file:, which may read every file. */
export const scheme = 'app'
export const origin = `${scheme}://workbench`
export const startPage = `${origin}/`

/** Whether a URL is a page of ours that may talk to the desktop process: reports are ours to show, but not to trust. */
export function isOwnPage(url: string): boolean {
  try {
    const { protocol, host, pathname } = new URL(url)
    return protocol === `${scheme}:` && host === 'workbench' && !pathname.startsWith('/reports/')
  } catch {
    return false
  }
}

export function isReport(url: string): boolean {
  try {
    const { protocol, host, pathname } = new URL(url)
    return protocol === `${scheme}:` && host === 'workbench' && pathname.startsWith('/reports/')
  } catch {
    return false
  }
}
