/**
 * A Raspberry Pi for tests: Debian's arm64 or armhf userland with its own sshd and login, each of whose programs runs
 * under qemu-user, in namespaces of its own on this computer. It has a home folder, keys and a process table of its own;
 * nothing of it outlives the process that started it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { newKeyPair } from '../../support/sshKeys.ts'
import { kitFolder, type PiArch, password, scriptsFolder } from './kit.ts'
import { signalNamespace } from './namespace.ts'

export interface VirtualPiOptions {
  arch?: PiArch
  /** What qemu emulates: cortex-a53 (Pi 3), cortex-a72 (Pi 4, the default), cortex-a76 (Pi 5); armhf: max. */
  cpu?: string
  /** The home folder has only so much room. */
  diskBytes?: number
  /** Without sshd: a board that is reached over its serial line only. */
  sshd?: boolean
  /** Further lines of sshd_config, before ours (the first value counts). */
  sshdConfig?: string[]
}

export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

export interface VirtualPi {
  readonly arch: PiArch
  /** Of sshd on 127.0.0.1; the same over restarts. */
  readonly port: number
  /** `pi`; also `root` where tests run as root. */
  readonly users: readonly string[]
  readonly password: string
  /** A private key file (ed25519, no passphrase) that may log in. */
  readonly keyFile: string
  /** "ssh-ed25519 AAAA…", as known_hosts has it. Changes with `newHostKey`. */
  hostKey(): string
  /** On this computer: what the Pi sees as /home/pi (its first content only, with `diskBytes`). */
  readonly home: string
  /** Runs sh there, without SSH. */
  exec(command: string, options?: { user?: 'pi' | 'root'; timeoutMs?: number }): Promise<Outcome>
  /** What sshd has said. */
  sshdLog(): Promise<string>
  /** Breaks every connection; until startSshd, new ones are refused. */
  stopSshd(): Promise<void>
  startSshd(): Promise<void>
  restartSshd(): Promise<void>
  /** From the next start of sshd on. */
  newHostKey(): Promise<void>
  /** A serial line's far end: a Unix socket; each connection gets a login, or the command on a raw terminal. */
  console(command?: string): Promise<string>
  /** A folder of this computer appears there, under a folder that exists already. Gone after a reboot. */
  mount(folder: string, at: string): Promise<void>
  /** Stops every process there, as a board that hangs; thaw goes on. */
  freeze(): void
  thaw(): void
  /** All processes end, as when power is cut, and it starts anew with its home folder and keys. */
  reboot(): Promise<void>
  /** Ends all of it and removes its files. */
  stop(): Promise<void>
}

/** Takes 0.3 s. The part `qemu-arm64` (or `qemu-armhf`) of requires.ts must be there. */
export async function startVirtualPi(options: VirtualPiOptions = {}): Promise<VirtualPi> {
  const { arch = 'arm64', sshd = true } = options
  const kit = kitFolder(arch)
  const cpu = options.cpu ?? (arch === 'armhf' ? 'max' : 'cortex-a72')
  const asRoot = process.getuid?.() === 0
  const state = await mkdtemp(join(tmpdir(), 'splitbench-pi-'))
  const [home, requests, log] = [join(state, 'home'), join(state, 'requests'), join(state, 'sshd.log')]
  const keyFile = join(state, 'user_ed25519')
  const port = await freePort()
  /** Served again after a reboot. */
  const consoles: string[] = []
  let hostKey = ''
  let running: Running
  let count = 0

  await Promise.all(['ssh', 'root', 'home', 'requests'].map((name) => mkdir(join(state, name))))
  const userKey = newKeyPair({ comment: 'pi' })
  await writeFile(keyFile, userKey.private, { mode: 0o600 })
  await writeFile(`${keyFile}.pub`, `${userKey.public}\n`)
  for (const folder of [home, join(state, 'root')]) {
    await mkdir(join(folder, '.ssh'), { mode: 0o700 })
    await writeFile(join(folder, '.ssh', 'authorized_keys'), `${userKey.public}\n`, { mode: 0o600 })
  }
  for (const name of ['.bashrc', '.profile']) await cp(join(kit, arch, 'root', 'etc', 'skel', name), join(home, name))
  if (asRoot) {
    for (const path of ['', '.ssh', '.ssh/authorized_keys', '.bashrc', '.profile'])
      chownSync(join(home, path), 1000, 1000)
  }
  await writeFile(join(state, 'ssh', 'sshd_config'), sshdConfig(cpu, options.sshdConfig ?? []))
  await newHostKey()

  async function newHostKey(): Promise<void> {
    const pair = newKeyPair({ comment: 'raspberrypi' })
    const path = join(state, 'ssh', 'ssh_host_ed25519_key')
    await writeFile(path, pair.private, { mode: 0o600 })
    await chmod(path, 0o600)
    hostKey = pair.public.split(' ').slice(0, 2).join(' ')
  }

  async function start(): Promise<void> {
    running = await launch({ kit, arch, state, cpu, diskBytes: options.diskBytes })
    if (sshd) await startSshd()
    for (const id of consoles) await serveConsole(id)
  }

  async function startSshd(): Promise<void> {
    const before = (await sshdLog()).length
    running.say(`sshd ${port}`)
    await until(`sshd on port ${port}`, async () => {
      const words = (await sshdLog()).slice(before)
      if (/Cannot bind|fatal:|error: .*key/i.test(words)) throw new Error(`sshd: ${words}`)
      return words.includes('Server listening')
    })
  }

  async function stopSshd(): Promise<void> {
    running.say('end-sshd')
    // Lines are obeyed in their order: once this is answered, sshd is gone.
    await exec('true')
  }

  async function serveConsole(id: string): Promise<void> {
    const path = join(requests, `${id}.sock`)
    await rm(path, { force: true })
    running.say(`serial ${id}`)
    await until('the serial console', async () => existsSync(path))
  }

  const sshdLog = () => readFile(log, 'utf8').catch(() => '')

  async function exec(
    command: string,
    { user = 'pi', timeoutMs = 60_000 }: { user?: 'pi' | 'root'; timeoutMs?: number } = {},
  ): Promise<Outcome> {
    const id = `exec-${++count}`
    const path = join(requests, id)
    await writeFile(path, command)
    running.say(`exec ${id} ${user}`)
    let code = ''
    await until(
      `the end of \`${command}\``,
      async () => {
        running.check()
        code = await readFile(`${path}.code`, 'utf8').catch(() => '')
        return code !== ''
      },
      timeoutMs,
    )
    const [stdout, stderr] = await Promise.all(['out', 'err'].map((end) => readFile(`${path}.${end}`, 'utf8')))
    return { code: Number(code), stdout: stdout!, stderr: stderr! }
  }

  await start()
  return {
    arch,
    port,
    users: asRoot ? ['pi', 'root'] : ['pi'],
    password,
    keyFile,
    hostKey: () => hostKey,
    home,
    exec,
    sshdLog,
    stopSshd,
    startSshd,
    async restartSshd() {
      await stopSshd()
      await startSshd()
    },
    newHostKey,
    async console(command) {
      const id = `console-${++count}`
      if (command !== undefined) await writeFile(join(requests, id), command)
      await serveConsole(id)
      consoles.push(id)
      return join(requests, `${id}.sock`)
    },
    async mount(folder, at) {
      running.say(`bind ${at} ${folder}`)
      await exec('true')
    },
    freeze: () => signalNamespace(running.pid, 'SIGSTOP'),
    thaw: () => signalNamespace(running.pid, 'SIGCONT'),
    async reboot() {
      await running.end()
      await start()
    },
    async stop() {
      await running.end()
      await rm(state, { recursive: true, force: true })
    },
  }
}

interface Running {
  pid: number
  /** Throws with its last words where it is gone. */
  check(): void
  say(line: string): void
  end(): Promise<void>
}

interface Launch {
  kit: string
  arch: PiArch
  state: string
  cpu: string
  diskBytes: number | undefined
}

/** The namespaces with their process 1, which listens to us. */
async function launch({ kit, arch, state, cpu, diskBytes }: Launch): Promise<Running> {
  const child = spawn('bash', [join(scriptsFolder, 'run.sh')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
      VPI_KIT: kit,
      VPI_ARCH: arch,
      VPI_STATE: state,
      VPI_CPU: cpu,
      VPI_DISK: diskBytes === undefined ? '' : String(diskBytes),
    },
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    words += text
  })
  child.stdin.on('error', () => {}) // it may be gone before it has heard all
  const gone = once(child, 'exit')
  const up = new Promise<boolean>((done) => {
    createInterface(child.stdout).once('line', (line) => done(line === 'up'))
  })
  if (!(await Promise.race([up, gone.then(() => false)]))) throw new Error(`The virtual Pi did not start: ${words}`)
  return {
    pid: child.pid!,
    check() {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The virtual Pi is gone: ${words}`)
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    async end() {
      // A frozen one hears nothing, and one that has been ended has nobody to hear.
      child.kill('SIGKILL')
      const pids = signalNamespace(child.pid!, 'SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await gone
      await until('the end of all processes', async () => pids.every((pid) => !isAlive(pid)))
    },
  }
}

const sshdConfig = (cpu: string, further: string[]): string =>
  [
    ...further,
    'ListenAddress 127.0.0.1',
    'HostKey /etc/ssh/ssh_host_ed25519_key',
    'PidFile none',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'PrintMotd no',
    'UseDNS no',
    // sshd clears the environment, and without the first its sessions would run on a processor that can do all.
    `SetEnv QEMU_CPU=${cpu} VPI=1`,
    'MaxStartups 50:30:100',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Throws after `timeoutMs`. */
async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Virtual Pi: waited ${timeoutMs / 1000} s for ${what}.`)
    await sleep(10)
  }
}
