import { z } from 'zod'
import { linkSchema } from './config.ts'
import { deviceNameSchema, deviceRecordSchema, portSchema, questionSchema } from './device.ts'
import { deviceTimeConfigSchema, deviceTimingSchema, rawSamplesSchema } from './deviceTiming.ts'
import { errorSchema } from './job.ts'
import { liveConfigSchema } from './live.ts'

/** The part of the workbench's contract that is about devices: doors ask, the desktop process owns the devices. */

/**
 * `idle`: not tried, or closed. `connected`: its agent waits for requests. `unplugged`: its serial adapter is not there.
 * `failed`: the last try did, with `error`.
 */
export const deviceStateSchema = z.enum(['idle', 'connecting', 'connected', 'busy', 'unplugged', 'failed'])
export type DeviceState = z.infer<typeof deviceStateSchema>

export const deviceItemSchema = deviceRecordSchema.extend({
  state: deviceStateSchema,
  error: errorSchema.nullable(),
  /** Whether a console can be opened on it. */
  console: z.boolean(),
})
export type DeviceItem = z.infer<typeof deviceItemSchema>

/** What takes time on a device, and so is a job. */
export const deviceJobSchema = z.discriminatedUnion('verb', [
  /** Reaches it (with the runtime that it needs), reads its card, and keeps the connection. */
  z.object({ verb: z.literal('device connect'), device: deviceNameSchema }),
  /** Reads its card again; a connection that was not there before is closed. */
  z.object({ verb: z.literal('device probe'), device: deviceNameSchema }),
  /** Brings the heads of a finished comparison there. */
  z.object({
    verb: z.literal('device push'),
    device: deviceNameSchema,
    run: z.string(),
    points: z.array(z.string()).min(1).nullable(),
    /** Of these candidates only, by their ids. */
    candidates: z.array(z.string()).min(1).optional(),
  }),
  z.object({ verb: z.literal('device time'), config: deviceTimeConfigSchema }),
  z.object({ verb: z.literal('device live'), config: liveConfigSchema }),
])
export type DeviceJob = z.infer<typeof deviceJobSchema>

export const deviceOf = (job: DeviceJob): string => ('config' in job ? job.config.device : job.device)

export const timingSummarySchema = z.object({
  id: z.string(),
  startedAt: z.string(),
  device: z.string(),
  run: z.string(),
  heads: z.number().int(),
})
export type TimingSummary = z.infer<typeof timingSummarySchema>

/** One line of a console; `at` ISO 8601, the moment its last byte came. */
export const consoleLineSchema = z.object({ at: z.string(), text: z.string() })
export type ConsoleLine = z.infer<typeof consoleLineSchema>

export const askedSchema = z.object({ id: z.string(), device: z.string(), question: questionSchema })
export type Asked = z.infer<typeof askedSchema>

const nothing = z.object({})
const oneDevice = z.object({ name: deviceNameSchema })
const oneJob = z.object({ job: z.string() })
const devicesList = z.object({ devices: z.array(deviceItemSchema) })
const portsList = z.object({ ports: z.array(portSchema), problem: z.string().nullable() })
const linksList = z.object({ links: z.array(linkSchema) })
/** A paste into a console; nobody types more at once. */
const maxTyped = 64 * 1024

export const deviceRequests = {
  'devices.list': { params: nothing, result: devicesList },
  /** Remembers it; nothing is opened. `address` as `--device` takes it. */
  'devices.add': { params: z.object({ name: z.string(), address: z.string() }), result: deviceItemSchema },
  /** Forgets it. What lies on the board stays there. */
  'devices.remove': { params: oneDevice, result: nothing },
  'devices.disconnect': { params: oneDevice, result: deviceItemSchema },
  'devices.start': { params: z.object({ job: deviceJobSchema }), result: oneJob },
  /** What the add dialog offers: hosts of ~/.ssh/config, profiles of the simulated device. */
  'devices.choices': {
    params: nothing,
    result: z.object({
      hosts: z.array(z.object({ alias: z.string(), about: z.string() })),
      simulated: z.array(z.object({ profile: z.string(), about: z.string() })),
    }),
  },
  /** Timings of stored runs' heads on devices, newest first. */
  'timings.list': { params: nothing, result: z.object({ timings: z.array(timingSummarySchema) }) },
  'timings.get': { params: z.object({ timing: z.string() }), result: z.object({ timing: deviceTimingSchema }) },
  'timings.samples': {
    params: z.object({ timing: z.string(), samples: z.string().regex(/^head-[0-9a-f]{16}$/) }),
    result: rawSamplesSchema,
  },
  'ports.list': { params: nothing, result: portsList },
  /** Links that were measured or named by the user, beside the known ones. */
  'links.list': { params: nothing, result: linksList },
  /** The lines so far; what comes after them is told by `console.lines`. Opening it twice is one console. */
  'console.open': {
    params: z.object({ device: deviceNameSchema }),
    result: z.object({ lines: z.array(consoleLineSchema), partial: z.string() }),
  },
  'console.write': { params: z.object({ device: deviceNameSchema, text: z.string().max(maxTyped) }), result: nothing },
  /** For this door; the console itself ends when its last door has closed it. */
  'console.close': { params: z.object({ device: deviceNameSchema }), result: nothing },
  /** This door shows questions; returns those that wait for an answer. */
  'ask.join': { params: nothing, result: z.object({ asked: z.array(askedSchema) }) },
  /** The first answer counts. null: turned down. */
  'ask.answer': {
    params: z.object({ id: z.string(), answer: z.union([z.string().max(4096), z.boolean(), z.null()]) }),
    result: nothing,
  },
} as const

export const deviceEvents = {
  'devices.changed': devicesList,
  'ports.changed': portsList,
  'links.changed': linksList,
  /**
   * `dropped`: lines that came faster than they could be told, in front of these. `partial`: the line that has no end
   * yet, a prompt for example.
   */
  'console.lines': z.object({
    device: z.string(),
    lines: z.array(consoleLineSchema),
    dropped: z.number().int().nonnegative(),
    partial: z.string(),
  }),
  /** It has ended; `error` where it broke. */
  'console.ended': z.object({ device: z.string(), error: errorSchema.nullable() }),
  /** It stepped aside for a job, or came back. */
  'console.paused': z.object({ device: z.string(), by: z.string().nullable() }),
  ask: askedSchema,
  /** Answered, or of no more interest. */
  'ask.gone': z.object({ id: z.string() }),
} as const
