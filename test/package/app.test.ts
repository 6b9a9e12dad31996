import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelProfileSchema } from '#common/contract/modelProfile.ts'
import { formatMs } from '#common/units.ts'
import { packageApp } from '../../scripts/package/make.ts'
import type { Processor } from '../../scripts/package/targets.ts'
import { root } from '../../scripts/setup/paths.mjs'
import { webHosts } from '../e2e/support/host.ts'
import { goTo, readTable } from '../e2e/support/pages.ts'
import { itWith, skipMark } from '../support/requires.ts'

const built = existsSync(join(root, 'out', '.built-from')) && process.platform === 'linux'
const mark = built ? '' : ` ${skipMark('not built, or not on Linux (to enable: npm run build)')}`

/**
 * The app as electron-builder packs it, without TensorFlow and with a stand-in for Electron's binary, which is not
 * always to be had: what is inside is unpacked again and run by Node.
 */
describe.skipIf(!built)(`a package without TensorFlow${mark}`, () => {
  let folder: string
  let app: string
  let workspace: string
  let resources: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-package-'))
    const electron = join(folder, 'electron')
    mkdirSync(join(electron, 'resources'), { recursive: true })
    writeFileSync(join(electron, 'electron'), '#!/bin/sh\nexit 1\n')
    chmodSync(join(electron, 'electron'), 0o755)
    const output = join(folder, 'release')
    mkdirSync(output)
    const target = { system: 'linux', processor: process.arch as Processor } as const
    await packageApp({ target, tensorflow: false, output, electron, directory: true })
    const unpacked = readdirSync(output).find((name) => name.endsWith('unpacked'))!
    resources = join(output, unpacked, 'resources')
    app = join(folder, 'app')
    // As a file: it is a tool of electron-builder's, not a dependency of ours.
    const asar = (await import(
      createRequire(createRequire(join(root, 'package.json')).resolve('app-builder-lib')).resolve('@electron/asar')
    )) as { extractAll(archive: string, folder: string): void }
    asar.extractAll(join(resources, 'app.asar'), app)
    workspace = join(folder, 'workspace')
    mkdirSync(workspace)
  }, 240_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Neither this repository's packages nor its set-up: a home of its own. */
  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    NODE_PATH: '',
  })
  const splitbench = (...args: string[]) =>
    spawnSync(process.execPath, [join(app, 'out', 'main', 'cli.js'), ...args], {
      cwd: workspace,
      env: environment(),
      encoding: 'utf8',
      timeout: 100_000,
    })

  it('holds program, agent, window and licences; native code lies outside the archive', () => {
    for (const path of ['out/main/index.js', 'out/main/trainer.js', 'out/agent/agent.mjs', 'out/preload/index.cjs']) {
      expect(existsSync(join(app, path)), path).toBe(true)
    }
    expect(existsSync(join(app, 'out/renderer/index.html'))).toBe(true)
    expect(existsSync(join(app, 'resources/report/report.css'))).toBe(true)
    expect(readFileSync(join(resources, 'licences.txt'), 'utf8')).toMatch(/^onnxruntime-node .*: MIT$/m)
    const native = (from: string) =>
      readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(node|so(\.\d+)*)$/.test(name))
    const outside = native(join(resources, 'app.asar.unpacked'))
    expect(outside.length).toBeGreaterThan(2)
    expect(outside.sort()).toEqual(native(app).sort())
    expect(existsSync(join(app, 'src'))).toBe(false)
    expect(existsSync(join(app, 'test'))).toBe(false)
  })

  it('says what is missing and what that means', () => {
    const { stdout } = splitbench('doctor', '--json')
    const components = (JSON.parse(stdout) as { components: { name: string; status: string; without: string }[] })
      .components
    const tensorflow = components.find(({ name }) => name === 'TensorFlow')!
    expect(tensorflow.status).not.toBe('ok')
    expect(tensorflow.without).toMatch(/WebAssembly/)
    expect(components.find(({ name }) => name === 'ONNX Runtime')!.status).toBe('ok')
  })

  itWith('chromium', 'opens, profiles an imported model, and shows devices and runs', async () => {
    cpSync(join(root, 'test/fixtures/import/vgg.torchscript.onnx'), join(workspace, 'vgg.onnx'))
    const profiled = splitbench('profile', 'vgg.onnx', '--time-s', '0.05', '--json')
    expect(profiled.stderr).not.toMatch(/Error/)
    expect(profiled.status).toBe(0)
    const [run] = readdirSync(join(workspace, 'splitbench-runs')).filter((name) => /^\d{8}/.test(name))
    const profile = modelProfileSchema.parse(
      JSON.parse(readFileSync(join(workspace, 'splitbench-runs', run!, 'profile.json'), 'utf8')),
    )
    const hosts = await webHosts(app)
    const { page, close } = await hosts.open(workspace, environment())
    try {
      await goTo(page, 'runs')
      await page.locator(`[data-row="${run}"]`).waitFor()
      await goTo(page, `profile/run/${run}`)
      await page.locator('table[data-table="cuts"] tbody tr').first().waitFor()
      const cuts = await readTable(page, 'cuts')
      expect(cuts.size).toBe(profile.cuts.length)
      const cut = profile.cuts.at(-1)!
      expect(cuts.get(cut.point)).toMatchObject({ device: formatMs(cut.deviceMs.median) })
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Add device' }).click()
      await page.getByRole('dialog').getByLabel('This computer').check()
      await page.getByLabel('Name').fill('bench')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.locator('[data-device="bench"]').waitFor()
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.locator('[data-device="bench"][data-state="connected"]').waitFor()
    } finally {
      await close()
      await hosts.close()
    }
  })
})
