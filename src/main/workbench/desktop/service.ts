import { cpus } from 'node:os'
import { connect } from '#common/contract/channel.ts'
import type { deviceRequests } from '#common/contract/devices.ts'
import type { liveRequests } from '#common/contract/live.ts'
import type { Handlers, Server } from '#common/contract/rpc.ts'
import { serve } from '#common/contract/rpc.ts'
import type { Weights, WorkbenchContract, WorkspaceInfo } from '#common/contract/workbench.ts'
import { workbenchContract } from '#common/contract/workbench.ts'
import { datasets } from '../datasets/catalogue.ts'
import { locateDataSource } from '../datasets/locate.ts'
import { runDoctor } from '../doctor/index.ts'
import { nameEnds } from '../experiments/ends.ts'
import { planFor } from '../experiments/planFor.ts'
import { readPreprocessing } from '../experiments/preprocessingFile.ts'
import { resolveProfile } from '../experiments/profile/profileConfig.ts'
import { profileModel } from '../experiments/profile/profileModel.ts'
import { readSweep } from '../experiments/sweepFile.ts'
import { defaultThreads } from '../experiments/threads.ts'
import { appVersion } from '../experiments/versions.ts'
import { listPretrained } from '../pretrained/read.ts'
import { featureShiftsApart } from '../reports/apart.ts'
import { buildReport } from '../reports/many/build.ts'
import { printers } from '../reports/many/pdf.ts'
import { recentWorkspaces } from '../store/recentWorkspaces.ts'
import { commandOfDeviceJob } from './devices/command.ts'
import { Devices } from './devices/index.ts'
import { maxRequestBytes } from './gate.ts'
import type { JobWork } from './job.ts'
import { JobDesk } from './jobDesk.ts'
import type { Lock } from './lock.ts'
import { runsFolderOf } from './lock.ts'
import { specOfModelForm } from './modelRequest.ts'
import { eventsOfRun, readModelRun } from './modelRuns.ts'
import { planOfPreprocess, specOfPreprocess } from './preprocessRequest.ts'
import { commandOfProfile, specOfForm } from './request.ts'
import { deleteRun, listRuns, readComparisonOf, readProfileOf, runFolderOf } from './runs.ts'
import { loadSettings, storeSettings } from './settings.ts'
import type { ClosableChannel } from './socketChannel.ts'
import { takeUpload } from './uploads.ts'

type Event = WorkbenchContract['events']

/** The desktop process' side of the contract: what every door of a workspace is served by. */
export class Service {
  readonly desk: JobDesk
  readonly #devices: Devices
  readonly #workspace: string
  readonly #owner: Pick<Lock, 'pid' | 'door' | 'startedAt'>
  readonly #servers = new Set<Server<WorkbenchContract>>()
  /** Asked for at once: the first page waits for it. */
  readonly #version = appVersion()

  constructor(workspace: string, { pid, door, startedAt }: Lock, work: JobWork) {
    this.#workspace = workspace
    this.#owner = { pid, door, startedAt }
    this.#devices = new Devices(runsFolderOf(workspace), (event, data) => this.#tell(event, data))
    const { questions } = this.#devices
    this.desk = new JobDesk(
      runsFolderOf(workspace),
      (options) => work({ ...options, ask: questions.about(options.config.device) }),
      {
        event: (job, index, event) => this.#tell('job.event', { job, index, event }),
        changed: (summary) => this.#tell('job.changed', summary),
        gone: (job) => this.#tell('job.gone', { job }),
        runsChanged: () => this.#tell('runs.changed', {}),
      },
      this.#devices.desk,
      (options) => profileModel({ ...options, ask: questions.about(options.config.device) }),
    )
  }

  /** Serves one door, until its channel closes or it breaks the protocol. */
  attach(channel: ClosableChannel): void {
    const connection = connect(channel, maxRequestBytes)
    const door = this.#devices.serve(
      { tell: (event, data) => connection.emit(event, data), drained: () => connection.drained() },
      (job) => this.desk.submit({ job, command: commandOfDeviceJob(job) }),
    )
    const server = serve(connection, workbenchContract, { ...this.#handlers(), ...door.handlers })
    this.#servers.add(server)
    this.#watch(true)
    connection.onClose((reason) => {
      this.#servers.delete(server)
      door.left()
      if (this.#servers.size === 0) this.#watch(false)
      channel.close(reason)
    })
    connection.listen()
  }

  /** Lets go of devices; the jobs were ended before. */
  close(): Promise<void> {
    return this.#devices.close()
  }

  #watch(on: boolean): void {
    this.desk.watch(on)
    this.#devices.watch(on)
  }

  #handlers(): Omit<Handlers<WorkbenchContract>, keyof typeof deviceRequests | keyof typeof liveRequests> {
    const { desk } = this
    const workspace = this.#workspace
    const runsFolder = runsFolderOf(workspace)
    return {
      'workspace.info': () => this.#info(),
      'workspace.recent': () => ({ workspaces: recentWorkspaces() }),
      'pretrained.list': () => ({ weights: usableWeights() }),
      'settings.get': () => loadSettings(),
      'settings.set': async (change) => {
        const settings = await storeSettings(change)
        this.#tell('settings.changed', settings)
        return settings
      },
      doctor: () => runDoctor(),
      'runs.list': async () => ({ runs: await listRuns(runsFolder) }),
      'runs.get': ({ run }) => ({ comparison: readComparisonOf(runsFolder, run) }),
      'runs.sweep': ({ run }) => ({ sweep: readSweep(runFolderOf(runsFolder, run)) }),
      'runs.features': ({ run }) => featureShiftsApart(runFolderOf(runsFolder, run), readComparisonOf(runsFolder, run)),
      'runs.delete': async ({ run }) => {
        await deleteRun(runsFolder, run)
        this.#tell('runs.changed', {})
        return {}
      },
      'runs.events': ({ run, since }) => eventsOfRun(runsFolder, run, since),
      'models.get': ({ run }) => ({ model: readModelRun(runsFolder, run) }),
      'models.start': ({ form, fresh }) => ({ job: desk.submit(specOfModelForm(form, workspace, runsFolder, fresh)) }),
      'preprocess.plan': ({ form }) => planOfPreprocess(form, workspace),
      'preprocess.start': ({ form, fresh }) => ({ job: desk.submit(specOfPreprocess(form, workspace, fresh)) }),
      'preprocess.get': ({ run }) => ({ result: readPreprocessing(runFolderOf(runsFolder, run)) }),
      'reports.build': async ({ report, format }, signal) => {
        const { name, type, content } = await buildReport(runsFolder, report, format, printers.now, signal)
        const base64 = format === 'pdf'
        return { name, type, text: content.toString(base64 ? 'base64' : 'utf8'), base64 }
      },
      plan: ({ request }) => planFor(specOfForm(request, workspace, false).config, { out: undefined, cwd: workspace }),
      'profile.start': async ({ request }) => {
        const profile = await resolveProfile({ ...request, seed: 1 }, workspace)
        nameEnds({ ...profile, gamma: null })
        return { job: desk.submit({ profile, command: commandOfProfile(request), out: null }) }
      },
      'profile.get': ({ run }) => ({ profile: readProfileOf(runsFolder, run) }),
      'models.upload': async (chunk) => ({ path: await takeUpload(workspace, chunk) }),
      'jobs.list': () => ({ jobs: desk.list() }),
      'jobs.events': ({ job, since }) => desk.events(job, since),
      'jobs.start': ({ request, fresh }) => ({ job: desk.submit(specOfForm(request, workspace, fresh)) }),
      'jobs.submit': (spec) => ({ job: desk.submit(spec, { awaited: true }) }),
      'jobs.wait': ({ job }) => desk.wait(job),
      'jobs.cancel': ({ job }) => desk.cancel(job),
      'jobs.resume': ({ job }) => ({ job: desk.resume(job) }),
      'jobs.discard': async ({ job }) => {
        await desk.discard(job)
        return {}
      },
    }
  }

  async #info(): Promise<WorkspaceInfo> {
    return {
      folder: this.#workspace,
      runsFolder: runsFolderOf(this.#workspace),
      version: await this.#version,
      owner: this.#owner,
      machine: {
        platform: process.platform,
        arch: process.arch,
        cpu: cpus()[0]?.model.trim() ?? 'unknown',
        threads: cpus().length,
      },
      defaultThreads,
      datasets: [
        { name: 'synthetic', title: 'Synthetic shapes (nothing to download)' },
        ...imagesThere().map(([name, { title }]) => ({ name, title })),
      ],
    }
  }

  #tell<E extends keyof Event & string>(event: E, data: Parameters<Server<WorkbenchContract>['emit']>[1]): void {
    for (const server of this.#servers) server.emit(event, data as never)
  }
}

/** Data sets that have been downloaded. */
const imagesThere = () =>
  Object.entries(datasets).filter(([name]) => {
    try {
      return locateDataSource(name)
    } catch {
      return false
    }
  })

/** Only where the images are there, too: validation images are taken from them. */
function usableWeights(): Weights[] {
  const images = new Set(imagesThere().map(([name]) => name))
  return listPretrained().flatMap(({ name, network, dataset, tests }) => {
    const test = tests.at(-1)
    if (!test || !images.has(dataset.name)) return []
    return [{ name, network, dataset: dataset.name, accuracy: test.accuracy, images: test.images }]
  })
}
