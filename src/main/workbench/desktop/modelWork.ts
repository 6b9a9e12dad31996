import type { ModelWork } from '#common/contract/models.ts'
import { runModelVerb } from '../experiments/modelVerb.ts'
import type { JobHooks } from './job.ts'
import type { ModelSpec } from './jobSpec.ts'
import { titleOfModel } from './jobSpec.ts'

/** `splitbench train` and `prune`, as a job of this process. */
export function workOnModel({ model, command, out, fresh }: ModelSpec, hooks: JobHooks): Promise<{ folder: string }> {
  const { verb, config } = model
  const options = { ...hooks, verb, title: titleOfModel(model), config, command, fresh, out: out ?? undefined }
  return runModelVerb<object>({ ...options, threads: config.threads }, (trainer, folder, signal) =>
    request(model, trainer, folder, signal),
  )
}

function request(
  { verb, config }: ModelWork,
  trainer: Parameters<Parameters<typeof runModelVerb>[1]>[0],
  folder: string,
  signal: AbortSignal,
): Promise<object> {
  return verb === 'train'
    ? trainer.request('train', { folder, ...config }, signal)
    : trainer.request('prune', { folder, ...config }, signal)
}
