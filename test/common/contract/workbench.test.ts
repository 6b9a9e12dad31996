import { describe, expect, it } from 'vitest'
import type { Client, Handlers } from '#common/contract/rpc.ts'
import type { WorkbenchContract } from '#common/contract/workbench.ts'
import { compareRequestSchema, reportPath, workbenchContract } from '#common/contract/workbench.ts'

describe('the contract between doors and the desktop process', () => {
  it('is one: both sides that depart from it do not compile', () => {
    const asked = (client: Client<WorkbenchContract>) => {
      // @ts-expect-error there is no such request
      void client.request('jobs.stop', { job: 'x' })
      // @ts-expect-error a parameter of another name
      void client.request('jobs.cancel', { id: 'x' })
      // @ts-expect-error a parameter of another type
      void client.request('jobs.events', { job: 'x', since: '0' })
      // @ts-expect-error there is no such event
      client.on('jobs.changed', () => {})
      void client.request('settings.get', {}).then((settings) => {
        // @ts-expect-error not in the result
        return settings.colour
      })
    }
    const served = (handlers: Handlers<WorkbenchContract>): Handlers<WorkbenchContract> => ({
      ...handlers,
      // @ts-expect-error an answer of another shape
      'settings.get': () => ({ theme: 'blue' }),
    })
    const { 'jobs.list': _, ...incomplete } = {} as Handlers<WorkbenchContract>
    // @ts-expect-error a request that nobody answers
    const all: Handlers<WorkbenchContract> = incomplete
    expect([asked, served, all]).toHaveLength(3)
  })

  it('refuses requests that are not what it says', () => {
    expect(compareRequestSchema.safeParse({ profile: 'toy' }).success).toBe(false)
    const { params } = workbenchContract.requests['jobs.events']
    expect(params.safeParse({ job: 'x', since: -1 }).success).toBe(false)
    expect(params.safeParse({ job: 'x', since: 0.5 }).success).toBe(false)
  })

  it('names reports by one path segment', () => {
    expect(reportPath('a b')).toBe('reports/a%20b/report.html')
    expect(reportPath('../x')).toBe('reports/..%2Fx/report.html')
  })
})
