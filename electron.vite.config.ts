import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const source = (path: string) => resolve(import.meta.dirname, 'src', path)
const present = (entries: Record<string, string>) =>
  Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path)))

const alias = { '#common': source('common') }

const main = present({
  index: source('main/index.ts'),
  trainer: source('main/trainer/index.ts'),
  feed: source('main/trainer/data/feed/thread.ts'),
  tail: source('main/tail/index.ts'),
  cli: source('main/cli/index.ts'),
  server: source('main/server/index.ts'),
  reports: source('main/workbench/reports/worker.ts'),
  shaper: source('main/workbench/devices/link/shaperThread.ts'),
})
const preload = present({ index: source('preload/index.ts') })
const renderer = present({ index: source('renderer/index.html') })
const has = (entries: Record<string, string>) => Object.keys(entries).length > 0

export default defineConfig({
  ...(has(main) && {
    main: {
      resolve: { alias },
      build: {
        outDir: 'out/main',
        // Of many small files each, and part of every process' start: as part of the bundle they are read in one go.
        externalizeDeps: { exclude: ['zod', '@msgpack/msgpack'] },
        rollupOptions: { input: main, output: { format: 'es', entryFileNames: '[name].js' } },
      },
    },
  }),
  // A sandboxed preload must be CommonJS, and with "type": "module" that needs the name .cjs.
  ...(has(preload) && {
    preload: {
      resolve: { alias },
      build: {
        outDir: 'out/preload',
        externalizeDeps: false,
        rollupOptions: { input: preload, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
      },
    },
  }),
  ...(has(renderer) && {
    renderer: {
      root: source('renderer'),
      resolve: { alias },
      plugins: [vue()],
      build: {
        outDir: resolve(import.meta.dirname, 'out/renderer'),
        minify: true,
        // Pages come in pieces, and so would their few kilobytes of styles.
        cssCodeSplit: false,
        rollupOptions: { input: renderer },
      },
    },
  }),
})
