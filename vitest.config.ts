import { defineConfig } from 'vitest/config'
import { environment } from './scripts/setup/launch.mjs'

// Real native libraries, in processes: tfjs-node and worker threads do not mix.
const shared = { pool: 'forks', env: environment() as Record<string, string> } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/common/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/common/**',
            'test/e2e/**',
            'test/hardware/**',
            'test/raspi3b/**',
            'test/electron/**',
            'test/faults/**',
            'test/soak/**',
            'test/fuzz/**',
            'test/exporters/**',
          ],
          // One file at a time: each uses all cores, and its timings would disturb another's.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'hardware',
          // Two files at once: an emulated board mostly waits, and nothing here looks at how long it took.
          include: ['test/hardware/**/*.test.ts'],
          sequence: { groupOrder: 4 },
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'raspi3b',
          include: ['test/raspi3b/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 5 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 7 },
          testTimeout: 600_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'exporters',
          include: ['test/exporters/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 8 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 6 },
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          testTimeout: 300_000,
          hookTimeout: 60_000,
          // A page answers within milliseconds; a computer on which other tests run does not.
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
})
