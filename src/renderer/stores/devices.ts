import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Link } from '#common/contract/config.ts'
import type { Port } from '#common/contract/device.ts'
import type { DeviceItem, DeviceJob, TimingSummary } from '#common/contract/devices.ts'
import { useJobs } from './jobs.ts'
import { useNotices } from './notices.ts'
import { useWorkbench } from './workbench.ts'

/** The user's devices, the ports that are plugged in, the links that were measured, and the timings on devices. */
export const useDevices = defineStore('devices', () => {
  const workbench = useWorkbench()
  const notices = useNotices()
  const jobs = useJobs()
  const list = shallowRef<DeviceItem[]>([])
  const loaded = shallowRef(false)
  const ports = shallowRef<{ ports: Port[]; problem: string | null }>({ ports: [], problem: null })
  const links = shallowRef<Link[]>([])
  const timings = shallowRef<TimingSummary[]>([])

  const refreshTimings = async (): Promise<void> => {
    timings.value = (await workbench.request('timings.list', {})).timings
  }

  workbench.onConnect(async (conversation) => {
    conversation.on('devices.changed', ({ devices }) => {
      list.value = devices
    })
    conversation.on('ports.changed', (now) => {
      ports.value = now
    })
    conversation.on('links.changed', (now) => {
      links.value = now.links
    })
    conversation.on('runs.changed', () => void refreshTimings().catch(() => {}))
    try {
      list.value = (await conversation.request('devices.list', {})).devices
    } catch (error) {
      notices.show(error)
    }
    loaded.value = true
    links.value = (await conversation.request('links.list', {})).links
    await refreshTimings()
  })

  /** Starts a job on a device, with what cannot be done shown as a notice. Returns its id. */
  async function start(job: DeviceJob): Promise<string | undefined> {
    try {
      return (await workbench.request('devices.start', { job })).job
    } catch (error) {
      notices.show(error)
      return undefined
    }
  }

  const jobOf = computed(() => {
    const latest = new Map<string, (typeof jobs.list)[number]>()
    for (const job of jobs.list) {
      if (job.device && job.verb.startsWith('device ') && !latest.has(job.device)) latest.set(job.device, job)
    }
    return latest
  })

  return {
    list,
    loaded,
    ports,
    links,
    timings,
    /** The newest job on each device. */
    jobOf,
    start,
    add: (name: string, address: string) => workbench.request('devices.add', { name, address }),
    remove: (name: string) => workbench.request('devices.remove', { name }),
    disconnect: (name: string) => workbench.request('devices.disconnect', { name }),
    choices: () => workbench.request('devices.choices', {}),
    async lookAtPorts(): Promise<void> {
      ports.value = await workbench.request('ports.list', {})
    },
    timing: async (timing: string) => (await workbench.request('timings.get', { timing })).timing,
    samples: (timing: string, samples: string) => workbench.request('timings.samples', { timing, samples }),
  }
})
