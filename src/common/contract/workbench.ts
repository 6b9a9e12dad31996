import { z } from 'zod'
import { unitChoices } from '../units.ts'
import { compareConfigSchema } from './config.ts'
import { deviceEvents, deviceRequests } from './devices.ts'
import { boardPowerSchema } from './energy.ts'
import { featureShiftsSchema } from './featureShifts.ts'
import { errorSchema, jobEventSchema, progressSchema } from './job.ts'
import { liveRequests } from './live.ts'
import { modelRequests } from './models.ts'
import { preprocessRequests } from './preprocessRequests.ts'
import { profileRequests } from './profileRequests.ts'
import { reportRequests } from './reports.ts'
import { comparisonSchema } from './result.ts'
import { sweepSchema } from './sweep.ts'

/**
 * What a door asks of the desktop process, and what that process tells every door: the only definition. The window
 * speaks it over Electron's IPC, the browser and the terminal over a WebSocket on loopback.
 */

export const themeSchema = z.enum(['system', 'light', 'dark'])
export type Theme = z.infer<typeof themeSchema>

export const unitsSchema = z.object({
  time: z.enum(unitChoices.time),
  bytes: z.enum(unitChoices.bytes),
  compute: z.enum(unitChoices.compute),
})

export const settingsSchema = z.object({
  theme: themeSchema,
  units: unitsSchema,
  /** How the user arranged the window: tables, forms, pinned rows. What is set is merged by its key; null forgets it. */
  window: z.record(z.string(), z.unknown()),
})
export type Settings = z.infer<typeof settingsSchema>

/** What the user of a form or a terminal says; null: the profile (or this computer) decides. */
export const compareRequestSchema = z.object({
  profile: z.string(),
  /** synthetic, cifar-10, cifar-100, or a folder on the desktop process' computer. */
  data: z.string(),
  network: z.string(),
  width: z.number().positive(),
  /** "all", or names separated by commas. */
  frameworks: z.string(),
  /** "all", or names separated by commas; null: the profile's. */
  points: z.string().nullable(),
  /** The same, of those at which codecs are trained. */
  codecPoints: z.string().nullish(),
  device: z.string(),
  server: z.string(),
  /** "wifi", "4g", "3g", "1mbps", or "<Mbit/s>[,<rtt ms>]". */
  link: z.string(),
  gamma: z.number().positive().nullable(),
  maxLoss: z.number().min(0).max(1).nullable(),
  trainImages: z.number().int().positive().nullable(),
  testImages: z.number().int().positive().nullable(),
  epochs: z.number().int().positive().nullable(),
  batchSize: z.number().int().positive().nullable(),
  seed: z.number().int().min(0).max(0xffff_ffff),
  threads: z.number().int().positive().nullable(),
  timeS: z.number().positive().nullable(),
  /** Of SAFBMP: "all", "none" (ablations), or names separated by commas. */
  biasReadings: z.string().nullish(),
  ablations: z.string().nullish(),
  /** Of CCTO. */
  filterNorm: z.string().nullish(),
  /** All training that auto may take. */
  autoEpochs: z.number().int().positive().nullish(),
  /** Of only-splitting: int8 heads too. */
  int8: z.boolean().nullish(),
  /** Whether every candidate also runs as one over the link. */
  endToEnd: z.boolean().nullish(),
  /** Serial port of a power meter beside the board. */
  powerMeter: z.string().nullish(),
  boardPower: boardPowerSchema.nullish(),
})
export type CompareForm = z.infer<typeof compareRequestSchema>

export const jobStates = [
  'queued',
  'running',
  'cancelling',
  'finished',
  'failed',
  'cancelled',
  /** Without a living owner: what is done lies on the disk. */
  'interrupted',
] as const
export const jobStateSchema = z.enum(jobStates)
export type JobState = z.infer<typeof jobStateSchema>

export const jobSummarySchema = z.object({
  id: z.string(),
  title: z.string(),
  /** The exact command for a rerun in a terminal. */
  command: z.string(),
  verb: z.string(),
  state: jobStateSchema,
  /** The run it fills, once there is one; the id under which `runs` finds it when it is finished. */
  run: z.string().nullable(),
  device: z.string().nullable(),
  /** The process that works on it; null while queued and after the end. */
  pid: z.number().nullable(),
  queuedAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  progress: progressSchema.nullable(),
  error: errorSchema.nullable(),
  /** `jobs.resume` continues it. */
  resumable: z.boolean(),
  /** Events stored so far: the `since` that asks for none of them. */
  events: z.number().int(),
})
export type JobSummary = z.infer<typeof jobSummarySchema>

/** A finished run, enough for a list. Times in s, accuracies as fractions. `problem`: why it cannot be opened. */
export const runSummarySchema = z.object({
  id: z.string(),
  verb: z.string(),
  command: z.string(),
  startedAt: z.string(),
  durationS: z.number().nullable(),
  profile: z.string().nullable(),
  seed: z.number().nullable(),
  network: z.object({ name: z.string(), width: z.number() }).nullable(),
  dataset: z.string().nullable(),
  frameworks: z.array(z.string()),
  device: z.string().nullable(),
  link: z.string().nullable(),
  candidates: z.number().int().nullable(),
  baselineAccuracy: z.number().nullable(),
  /** The fastest candidate within the accuracy bound on the run's link: composed ms, accuracy on test images. */
  best: z
    .object({ series: z.string(), point: z.string(), ms: z.number(), accuracy: z.number(), payloadBytes: z.number() })
    .nullable(),
  problem: z.string().nullable(),
  /** Live inference that was done with its candidates, the newest first: names for `live.get`. */
  live: z.array(z.string()).default([]),
})
export type RunSummary = z.infer<typeof runSummarySchema>

export const workspaceInfoSchema = z.object({
  folder: z.string(),
  runsFolder: z.string(),
  version: z.string(),
  owner: z.object({ pid: z.number(), door: z.enum(['window', 'web', 'terminal']), startedAt: z.string() }),
  machine: z.object({ platform: z.string(), arch: z.string(), cpu: z.string(), threads: z.number().int() }),
  /** Trainer threads unless the user says otherwise. */
  defaultThreads: z.number().int(),
  datasets: z.array(z.object({ name: z.string(), title: z.string() })),
})
export type WorkspaceInfo = z.infer<typeof workspaceInfoSchema>

/** A workspace that was opened in a window or a browser. */
export const recentWorkspaceSchema = z.object({ folder: z.string(), openedAt: z.string() })
export type RecentWorkspace = z.infer<typeof recentWorkspaceSchema>

/** Finished weights that came with the program; `accuracy` on `images` test images. */
export const weightsSchema = z.object({
  name: z.string(),
  network: z.object({ name: z.string(), width: z.number() }),
  dataset: z.string(),
  accuracy: z.number(),
  images: z.number().int(),
})
export type Weights = z.infer<typeof weightsSchema>

export const planSchema = z.object({
  config: compareConfigSchema,
  points: z.array(z.string()),
  /** `there`: an interrupted run of the same configuration has it already. */
  plan: z.array(z.object({ phase: z.string(), title: z.string(), seconds: z.number(), there: z.boolean() })),
  secondsLeft: z.number(),
  /** `source`: whether the times come from earlier runs on this computer or are a guess. */
  throughput: z.object({
    trainMacsPerS: z.number(),
    evaluateMacsPerS: z.number(),
    source: z.enum(['earlier runs', 'default']),
  }),
})
export type Plan = z.infer<typeof planSchema>

export const doctorSchema = z.object({
  protocol: z.literal(1),
  machine: z.object({
    platform: z.string(),
    arch: z.string(),
    cpu: z.string(),
    threads: z.number(),
    memoryBytes: z.number(),
  }),
  components: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['ok', 'degraded', 'missing', 'broken']),
      version: z.string().optional(),
      origin: z.string().optional(),
      detail: z.string().optional(),
      without: z.string(),
      toGet: z.string(),
    }),
  ),
})
export type Doctor = z.infer<typeof doctorSchema>

/** Where both hosts serve a run's report, relative to the page; sandboxed, without the page's origin. */
export const reportPath = (run: string): string => `reports/${encodeURIComponent(run)}/report.html`

const nothing = z.object({})
const oneJob = z.object({ job: z.string() })
const oneRun = z.object({ run: z.string() })

export const workbenchContract = {
  requests: {
    'workspace.info': { params: nothing, result: workspaceInfoSchema },
    /** The newest first; the one that is open is among them. */
    'workspace.recent': { params: nothing, result: z.object({ workspaces: z.array(recentWorkspaceSchema) }) },
    /** Those whose images are on this computer, too. */
    'pretrained.list': { params: nothing, result: z.object({ weights: z.array(weightsSchema) }) },
    'settings.get': { params: nothing, result: settingsSchema },
    'settings.set': { params: settingsSchema.partial(), result: settingsSchema },
    doctor: { params: nothing, result: doctorSchema },

    /** Finished runs, newest first. */
    'runs.list': { params: nothing, result: z.object({ runs: z.array(runSummarySchema) }) },
    'runs.get': { params: oneRun, result: z.object({ comparison: comparisonSchema }) },
    /** Of a sweep over criteria. */
    'runs.sweep': { params: oneRun, result: z.object({ sweep: sweepSchema }) },
    /** Of a comparison's candidates; fails with `bad-data` where they lie there no more. */
    'runs.features': { params: oneRun, result: featureShiftsSchema },
    /** Gone for good: the door asks first. */
    'runs.delete': { params: oneRun, result: nothing },

    /** What a comparison would do and how long it takes; nothing runs. Fails like `jobs.start` on bad input. */
    plan: { params: z.object({ request: compareRequestSchema }), result: planSchema },

    /** Jobs of this process and interrupted runs of the workspace, newest first. */
    'jobs.list': { params: nothing, result: z.object({ jobs: z.array(jobSummarySchema) }) },
    /** The stored events from `since` on; `next` is the `since` of the next call. */
    'jobs.events': {
      params: z.object({ job: z.string(), since: z.number().int().nonnegative() }),
      result: z.object({ events: z.array(jobEventSchema), next: z.number().int() }),
    },
    /** Queues a comparison; `fresh` starts over where an interrupted run of the same configuration would be resumed. */
    'jobs.start': {
      params: z.object({ request: compareRequestSchema, fresh: z.boolean() }),
      result: oneJob,
    },
    /** The same from a door that has resolved everything itself: the terminal. `out`: absolute, or null. */
    'jobs.submit': {
      params: z.object({
        config: compareConfigSchema,
        command: z.string(),
        out: z.string().nullable(),
        fresh: z.boolean(),
        acceptNewHostKey: z.boolean().optional(),
      }),
      result: oneJob,
    },
    /** Waits for the end; fails as the job failed. `folder` null: it leaves none. `already`: a finished run of the same place was found instead. */
    'jobs.wait': { params: oneJob, result: z.object({ folder: z.string().nullable(), already: z.boolean() }) },
    /** Answers at once, with the job cancelling (or gone from the queue). */
    'jobs.cancel': { params: oneJob, result: jobSummarySchema },
    /** Continues an interrupted, cancelled or failed job from what is on the disk. */
    'jobs.resume': { params: oneJob, result: oneJob },
    /** Takes an ended or interrupted job off the list; what an interrupted one had done is deleted. */
    'jobs.discard': { params: oneJob, result: nothing },

    ...profileRequests,
    ...preprocessRequests,
    ...modelRequests,
    ...reportRequests,
    ...deviceRequests,
    ...liveRequests,
  },
  events: {
    /** `index` counts stored events; null: a passing progress, shown but not kept. */
    'job.event': z.object({ job: z.string(), index: z.number().int().nullable(), event: jobEventSchema }),
    /** A job came, or changed its state. */
    'job.changed': jobSummarySchema,
    'job.gone': oneJob,
    'runs.changed': nothing,
    'settings.changed': settingsSchema,
    ...deviceEvents,
  },
} as const
export type WorkbenchContract = typeof workbenchContract
