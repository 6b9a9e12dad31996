// The agent as one file that can be copied to a device: everything inside but ONNX Runtime and Node itself.
import { builtinModules } from 'node:module'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

export default defineConfig({
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
