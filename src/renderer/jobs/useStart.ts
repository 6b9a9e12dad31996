import { ref, shallowRef } from 'vue'
import type { ErrorShape } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'
import { usePlace } from '../stores/place.ts'

/**
 * Starts what a form stands for and goes to its job on `page`. `request`: what is asked for, or what is wrong with the
 * fields; `begin` returns the job's id; what cannot be done is `failure`.
 */
export function useStart<Request extends object>(page: string, begin: (request: Request) => Promise<string>) {
  const place = usePlace()
  const starting = ref(false)
  const failure = shallowRef<ErrorShape | null>(null)

  async function start(request: Request | string): Promise<void> {
    if (typeof request === 'string') return
    starting.value = true
    failure.value = null
    try {
      place.go(page, 'job', await begin(request))
    } catch (error) {
      failure.value = toErrorShape(error)
    } finally {
      starting.value = false
    }
  }
  return { starting, failure, start }
}
