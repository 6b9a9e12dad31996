import { ref, shallowRef } from 'vue'
import type { ModelForm } from '#common/contract/models.ts'
import type { ErrorShape } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'
import { useModels } from '../../stores/models.ts'
import { usePlace } from '../../stores/place.ts'

/** Starts what a form stands for and goes to its job; what cannot be done is `failure`. */
export function useStart() {
  const models = useModels()
  const place = usePlace()
  const starting = ref(false)
  const failure = shallowRef<ErrorShape | null>(null)

  async function start(form: ModelForm | string): Promise<void> {
    if (typeof form === 'string') return
    starting.value = true
    failure.value = null
    try {
      place.go('train', 'job', await models.start(form, false))
    } catch (error) {
      failure.value = toErrorShape(error)
    } finally {
      starting.value = false
    }
  }
  return { starting, failure, start }
}
