import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import type { ProfileForm } from '#common/contract/profileRequests.ts'
import { maxUploadBytes, uploadChunkBytes } from '#common/contract/profileRequests.ts'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import { currentHost } from '../host/index.ts'
import { useRuns } from './runs.ts'
import { useWorkbench } from './workbench.ts'

/** Profiles of ONNX files: finished ones, and what it takes to start one. */
export const useProfiles = defineStore('profiles', () => {
  const workbench = useWorkbench()
  const runs = useRuns()
  const opened = shallowReactive(new Map<string, ModelProfile>())
  workbench.onConnect((conversation) => {
    conversation.on('runs.changed', () => opened.clear())
  })

  return {
    list: computed(() => runs.of('profile')),

    async open(run: string): Promise<ModelProfile> {
      const known = opened.get(run)
      if (known) return known
      const { profile } = await workbench.request('profile.get', { run })
      opened.set(run, profile)
      return profile
    },

    start: async (request: ProfileForm): Promise<string> => (await workbench.request('profile.start', { request })).job,

    /**
     * The path under which the desktop process finds a chosen file: its own in the window, otherwise of the copy that is
     * sent to the workspace. `onShare`: how much of it is there, 0..1.
     */
    async bring(file: File, onShare: (share: number) => void, signal: AbortSignal): Promise<string> {
      const path = currentHost().pathOf(file)
      if (path !== null) return path
      if (file.size > maxUploadBytes) {
        throw new CodedError(
          'bad-data',
          `${file.name} has ${formatBytes(file.size)}; up to ${formatBytes(maxUploadBytes)} are taken from a browser.`,
          "Enter the file's path on the computer that runs Splitbench instead.",
        )
      }
      let offset = 0
      for (;;) {
        if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
        const data = new Uint8Array(await file.slice(offset, offset + uploadChunkBytes).arrayBuffer())
        const { path: whole } = await workbench.request('models.upload', {
          name: file.name,
          size: file.size,
          offset,
          data,
        })
        offset += data.length
        onShare(offset / file.size)
        if (whole !== null) return whole
      }
    },
  }
})
