import { readFile } from 'node:fs/promises'
import { afterEach, expect } from 'vitest'
import { childrenWith } from '../support/agentProcess.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { overSsh } from './virtualPi/overSsh.ts'
import type { VirtualPi, VirtualPiOptions } from './virtualPi/virtualPi.ts'
import { startVirtualPi } from './virtualPi/virtualPi.ts'

const pis: VirtualPi[] = []

async function start(options?: VirtualPiOptions): Promise<VirtualPi> {
  const pi = await startVirtualPi(options)
  pis.push(pi)
  return pi
}

afterEach(async () => {
  const states = pis.map(({ keyFile }) => keyFile)
  await Promise.all(pis.splice(0).map((pi) => pi.stop()))
  for (const state of states) await expect(readFile(state)).rejects.toThrow('ENOENT')
  expect(childrenWith('virtual-pi/inside.sh')).toEqual([])
})

describeWith('sshd', 'the virtual Pi', () => {
  itWith('sshd', 'is a Raspberry Pi that can be logged into by key and by password', async () => {
    const pi = await start()
    const facts = 'uname -m; id -un; hostname; cat /sys/firmware/devicetree/base/model; echo $VPI'
    expect(await overSsh(pi, facts)).toMatch(/^aarch64\npi\nraspberrypi\nRaspberry Pi 4 Model B Rev 1.4\0\s*1$/)
    expect(await overSsh(pi, 'echo by password', { password: pi.password })).toBe('by password')
    await expect(overSsh(pi, 'true', { password: 'wrong' })).rejects.toThrow('authentication')
  })

  itWith('qemu-armhf', 'is one of 32 bits', async () => {
    const pi = await start({ arch: 'armhf' })
    expect(await overSsh(pi, 'uname -m; getconf LONG_BIT', { password: pi.password })).toBe('armv7l\n32')
  })

  itWith('sshd', 'keeps its home over a reboot, and its port and key; sshd can go and come', async () => {
    const pi = await start()
    await pi.exec('echo kept > file')
    await pi.reboot()
    expect(await overSsh(pi, 'cat file')).toBe('kept')
    const dropped = overSsh(pi, 'echo began > began; sleep 60', { password: pi.password })
    const outcome = expect(dropped).rejects.toThrow('closed')
    while ((await pi.exec('cat began')).code !== 0);
    await pi.stopSshd()
    await outcome
    await expect(overSsh(pi, 'true', { password: pi.password })).rejects.toThrow('ECONNREFUSED')
    const old = pi.hostKey()
    await pi.newHostKey()
    await pi.startSshd()
    expect(pi.hostKey()).not.toBe(old)
    expect(await overSsh(pi, 'echo back', { password: pi.password })).toBe('back')
  })

  itWith('sshd', 'can have a small disk, and hang', async () => {
    const pi = await start({ diskBytes: 1_000_000 })
    const filled = await pi.exec('head -c 2000000 /dev/zero > big')
    expect(filled.code).not.toBe(0)
    expect(filled.stderr).toContain('No space left on device')
    pi.freeze()
    const answer = overSsh(pi, 'true', { password: pi.password, readyTimeout: 500 })
    await expect(answer).rejects.toThrow('Timed out')
    pi.thaw()
    expect(await overSsh(pi, 'echo thawed', { password: pi.password })).toBe('thawed')
    pi.freeze() // a frozen one can be stopped
  })
})
