import { z } from 'zod'
import { conditionsSchema, deviceInfoSchema } from './result.ts'

/** What the workbench remembers of devices, their ports and their links: shared by the store, the doors and the window. */

export const deviceKindSchema = deviceInfoSchema.shape.kind
export type DeviceKind = z.infer<typeof deviceKindSchema>

/** Of a USB-serial adapter: stays the same whatever path the system gives it. Hexadecimal without 0x. */
export const usbIdentitySchema = z.object({
  vendorId: z.string(),
  productId: z.string(),
  serialNumber: z.string().nullable(),
})
export type UsbIdentity = z.infer<typeof usbIdentitySchema>

/** A serial port that is plugged in now. */
export const portSchema = z.object({
  path: z.string(),
  usb: usbIdentitySchema.nullable(),
  /** What the adapter calls itself; null: it does not tell. */
  title: z.string().nullable(),
})
export type Port = z.infer<typeof portSchema>

/** A device as it was when it was last reached. Null = it does not tell (never 0). */
export const deviceCardSchema = deviceInfoSchema.omit({ name: true, kind: true, conditions: true }).extend({
  soc: z.string().nullable().default(null),
  /** Clock now, temperature now, throttle flags, governor. */
  conditions: conditionsSchema.nullable(),
  /** When it was read, ISO 8601. */
  at: z.string(),
})
export type DeviceCard = z.infer<typeof deviceCardSchema>

/** The name is the key: a word that a command line can hold. No secrets in it, ever. */
export const deviceNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)

/** One remembered device. */
export const deviceRecordSchema = z.object({
  name: deviceNameSchema,
  kind: deviceKindSchema,
  /** As `--device` takes it: "local", "ssh://user@host:port" or an alias, "serial:/dev/ttyUSB0?baud=115200", "simulated:pi-4". */
  address: z.string(),
  /** Of its serial adapter: finds it again under another path. */
  usb: usbIdentitySchema.nullable().default(null),
  addedAt: z.string(),
  lastSeen: z.string().nullable().default(null),
  card: deviceCardSchema.nullable().default(null),
})
export type DeviceRecord = z.infer<typeof deviceRecordSchema>

/** `devices.json` beside the user's settings. */
export const devicesFileSchema = z.object({ protocol: z.literal(1), devices: z.array(deviceRecordSchema) })

/** A question that only the user can answer while a device is being connected; `Question` of the workbench's ask.ts. */
export const questionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('host-key'),
    host: z.string(),
    algorithm: z.string(),
    /** "SHA256:…", as ssh-keygen prints it. */
    fingerprint: z.string(),
    /** Something that the user should know before answering. */
    note: z.string().optional(),
  }),
  z.object({
    kind: z.literal('secret'),
    what: z.enum(['password', 'passphrase', 'one-time code']),
    prompt: z.string(),
  }),
  z.object({ kind: z.literal('confirm'), text: z.string(), yes: z.string() }),
])
