import { spawn } from 'node:child_process'

/** Opens the default browser where there is a display; says what to do where there is none, or none opens. */
export function openBrowser(
  url: string,
  say: (text: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): void {
  const { platform } = process
  if (platform === 'linux' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) {
    say(
      'There is no display here: open the address above in a browser on this computer, or through an SSH tunnel (ssh -L).',
    )
    return
  }
  const [program, ...args] =
    platform === 'darwin'
      ? ['open', url]
      : platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const child = spawn(program!, args, { stdio: 'ignore', detached: true })
  child.on('error', () => say('No browser could be opened: open the address above yourself.'))
  child.unref()
}
