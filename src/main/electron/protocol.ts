import { protocol } from 'electron'
import type { ErrorCode } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'
import { pageHeaders } from '../workbench/site/headers.ts'
import type { Site } from '../workbench/site/site.ts'
import { origin, scheme } from './origin.ts'

/** Before the app is ready: makes `app:` behave as a web origin. */
export function announceScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

const statuses: Partial<Record<ErrorCode, number>> = { 'access-refused': 403, 'unknown-name': 404, 'bad-data': 400 }

/** Answers `app://workbench/…` from the same list of files, with the same headers, as the web host. */
export function serveScheme(site: Site): void {
  protocol.handle(scheme, async (request) => {
    try {
      if (!request.url.startsWith(`${origin}/`)) return new Response('', { status: 404, headers: pageHeaders })
      if (request.method !== 'GET') return new Response('', { status: 405, headers: pageHeaders })
      const { body, headers } = await site.page(request.url.slice(origin.length))
      return new Response(new Uint8Array(body), { headers })
    } catch (error) {
      const { code, message, hint } = toErrorShape(error)
      return Response.json({ error: { code, message, hint } }, { status: statuses[code] ?? 500, headers: pageHeaders })
    }
  })
}
