// What electron-builder is told: what goes into a package, what of it lies outside the archive, and in which forms.
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Configuration } from 'electron-builder'
import { root, tfjsNodeFolder } from '../setup/paths.mjs'
import { shippedPackages } from './shipped.ts'
import type { Target } from './targets.ts'
import { onnxRuntimeFolders, serialFolder } from './targets.ts'

export interface PackageOptions {
  target: Target
  /** Whether libtensorflow and tfjs-node's addon travel along; without them training runs on WebAssembly. */
  tensorflow: boolean
  /** Folder for what is made. */
  output: string
  /** A file with the licences of everything inside. */
  licences: string
  /** Folder of an unpacked Electron; its own download unless given. */
  electron?: string
}

const tfjsNode = 'node_modules/@tensorflow/tfjs-node'

export function configuration(options: PackageOptions): Configuration {
  const { target, tensorflow, output, licences, electron } = options
  return {
    appId: 'org.splitbench.workbench',
    productName: 'Splitbench',
    artifactName: `\${productName}-\${version}-\${os}-\${arch}${tensorflow ? '' : '-without-tensorflow'}.\${ext}`,
    copyright: 'MIT licence',
    directories: { output, buildResources: join('resources', 'icons') },
    ...(electron === undefined ? {} : { electronDist: electron }),
    // All addons use Node-API and are built or come built already.
    npmRebuild: false,
    nodeGypRebuild: false,
    forceCodeSigning: false,
    files: [
      'package.json',
      'out/**/*',
      '!out/.built-from',
      'resources/**/*',
      ...notNeeded(target),
      ...(tensorflow ? [libraries()] : [`!${tfjsNode}/lib{,/**/*}`]),
    ],
    // Native code is loaded from real files.
    asar: true,
    asarUnpack: [`${tfjsNode}/**`, 'node_modules/onnxruntime-node/bin/**', '**/*.node'],
    extraResources: [{ from: licences, to: 'licences.txt' }],
    linux: { target: ['AppImage', 'tar.gz'], category: 'Development', executableName: 'splitbench', icon: 'linux' },
    win: { target: ['nsis', 'zip'], icon: 'icon.ico' },
    nsis: { oneClick: false, allowToChangeInstallationDirectory: true },
    mac: { target: ['dmg', 'zip'], category: 'public.app-category.developer-tools', icon: 'icon.icns' },
    publish: null,
  }
}

/** Patterns of what lies in node_modules and serves nobody in a package for `target`. */
function notNeeded(target: Target): string[] {
  const keep = new Set(onnxRuntimeFolders(target))
  const onnxRuntime = 'node_modules/onnxruntime-node/bin/napi-v6'
  const folders = readdirSync(join(root, onnxRuntime)).flatMap((system) =>
    readdirSync(join(root, onnxRuntime, system)).map((processor) => `${system}/${processor}`),
  )
  const prebuilds = 'node_modules/@serialport/bindings-cpp/prebuilds'
  const whole = [
    ...shippedPackages()
      .filter(({ packed }) => !packed)
      .map(({ folder }) => folder),
    ...folders.filter((folder) => !keep.has(folder)).map((folder) => `${onnxRuntime}/${folder}`),
    ...readdirSync(join(root, prebuilds))
      .filter((folder) => folder !== serialFolder(target))
      .map((folder) => `${prebuilds}/${folder}`),
    // Node is Electron's here; the compiler's inputs of ssh2's optional addon, which is not built.
    ...['linux-x64', 'linux-arm64', 'win-x64'].map((name) => `node_modules/node-${name}`),
    ...['cpu-features', 'buildcheck', 'nan'].map((name) => `node_modules/${name}`),
    ...['deps', 'binding', 'src', 'python', 'scripts'].map((name) => `${tfjsNode}/${name}`),
    'node_modules/@types',
    'node_modules/@webgpu',
  ]
  return [
    ...whole.map((folder) => `!${folder}{,/**/*}`),
    '!node_modules/**/*.{map,flow,mts,cts}',
    '!node_modules/@tensorflow/**/*_test.{js,ts}',
    // Of the bundles, Node loads the one that is named after it.
    '!node_modules/@tensorflow/*/dist/*.{es2017,es2017.min,fesm,fesm.min,min}.js',
    '!node_modules/@tensorflow/*/dist/miniprogram{,/**/*}',
    '!node_modules/echarts/dist{,/**/*}',
    '!node_modules/zrender/dist{,/**/*}',
  ]
}

/** libtensorflow, from wherever set-up has put it: its folder is a link into the user's cache. */
function libraries(): { from: string; to: string; filter: string[] } {
  const deps = join(tfjsNodeFolder, 'deps')
  if (!existsSync(join(deps, 'lib'))) throw new Error(`${deps} is not there`)
  return { from: realpathSync(deps), to: `${tfjsNode}/deps`, filter: ['lib/**', 'provenance.json'] }
}
