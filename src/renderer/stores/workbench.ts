import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { connect } from '#common/contract/channel.ts'
import type { Client } from '#common/contract/rpc.ts'
import { client } from '#common/contract/rpc.ts'
import type { Weights, WorkbenchContract, WorkspaceInfo } from '#common/contract/workbench.ts'
import { workbenchContract } from '#common/contract/workbench.ts'
import { CodedError } from '#common/errors.ts'
import type { Host } from '../host/host.ts'
import { useNotices } from './notices.ts'

type Workbench = Client<WorkbenchContract>

const retryMs = 700
const gone = (): CodedError =>
  new CodedError('internal', 'The connection to the desktop process ended.', 'It is being opened again; try once more.')

/** The conversation with the desktop process; it is opened again whenever it ends. */
export const useWorkbench = defineStore('workbench', () => {
  const state = ref<'connecting' | 'connected' | 'lost'>('connecting')
  const info = shallowRef<WorkspaceInfo | null>(null)
  /** Weights that a comparison may start from; null: not known yet. */
  const pretrained = shallowRef<readonly Weights[] | null>(null)
  const notices = useNotices()
  const greeters: ((workbench: Workbench) => void | Promise<void>)[] = []
  let current: Workbench | undefined

  async function open(host: Host): Promise<void> {
    let workbench: Workbench
    try {
      const channel = await host.open()
      const connection = connect(channel)
      workbench = client(connection, workbenchContract, gone, notices.show)
      connection.onClose(() => lose(host))
      connection.listen()
    } catch {
      return lose(host)
    }
    current = workbench
    state.value = 'connected'
    try {
      info.value = await workbench.request('workspace.info', {})
      for (const greet of greeters) await greet(workbench)
      pretrained.value = (await workbench.request('pretrained.list', {})).weights
    } catch (error) {
      notices.show(error)
    }
  }

  function lose(host: Host): void {
    current = undefined
    state.value = 'lost'
    setTimeout(() => void open(host), retryMs)
  }

  const request: Workbench['request'] = async (method, params, signal) => {
    if (!current) throw gone()
    return current.request(method, params, signal)
  }

  return {
    state,
    info,
    pretrained,
    open,
    request,
    /** Called with every new conversation: subscribe, and fetch what may have changed meanwhile. */
    onConnect: (greet: (workbench: Workbench) => void | Promise<void>): void => {
      greeters.push(greet)
    },
  }
})
