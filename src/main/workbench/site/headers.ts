/** Headers of everything that a host hands to the renderer: no inline script, nothing from elsewhere, no frame around it. */
const always = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()',
}

/** Component libraries write style sheets at run time; scripts come from our files only. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * A report is a file that may come from another machine: it gets no origin (`sandbox` without allow-same-origin), so it
 * can read nothing of ours, and it loads nothing. Its own script is pinned by its own stricter policy.
 */
const reportPolicy = [
  'sandbox allow-scripts allow-popups',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

export const pageHeaders = { ...always, 'Content-Security-Policy': pagePolicy }
export const reportHeaders = { ...always, 'Content-Security-Policy': reportPolicy }
