// The agent as one file that can be copied to a device, with the WebAssembly that it reads beside it: everything but ONNX
// Runtime and Node itself.
import { readFileSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { basename, resolve } from 'node:path'
import { defineConfig } from 'vite'

const require = createRequire(import.meta.url)
const modules = ['enc/webp_enc_simd.wasm', 'dec/webp_dec.wasm'].map((path) =>
  require.resolve(`@jsquash/webp/codec/${path}`),
)

export default defineConfig({
  plugins: [
    {
      name: 'webassembly-beside-the-agent',
      generateBundle() {
        for (const path of modules) {
          this.emitFile({ type: 'asset', fileName: basename(path), source: readFileSync(path) })
        }
      },
    },
  ],
  resolve: { alias: { '#common': resolve(import.meta.dirname, 'src/common') } },
  ssr: { noExternal: true, external: ['onnxruntime-node'] },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'out/agent',
    emptyOutDir: true,
    minify: false,
    rollupOptions: {
      input: resolve(import.meta.dirname, 'src/agent/index.ts'),
      external: ['onnxruntime-node', /^node:/, ...builtinModules],
      output: { format: 'es', entryFileNames: 'agent.mjs', codeSplitting: false },
    },
  },
})
