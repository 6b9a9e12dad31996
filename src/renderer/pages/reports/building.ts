/** The chosen runs with the baseline first; one that is not chosen changes nothing. */
export const chosenFirst = (runs: readonly string[], baseline: string): string[] =>
  runs.includes(baseline) ? [baseline, ...runs.filter((run) => run !== baseline)] : [...runs]

/** Bytes from their text in base64. */
export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
