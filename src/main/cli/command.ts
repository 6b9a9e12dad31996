/** The exact command for a rerun, as a user would type it. */
export const commandLine = (argv: readonly string[] = process.argv.slice(2)): string =>
  [
    'npm run splitbench --',
    ...argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)),
  ].join(' ')

export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
