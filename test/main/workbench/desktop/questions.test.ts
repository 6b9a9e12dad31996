import { describe, expect, it } from 'vitest'
import { Questions } from '../../../../src/main/workbench/desktop/devices/questions.ts'

const question = { kind: 'secret', what: 'password', prompt: 'Password of pi' } as const

describe('questions to the user', () => {
  const heard = () => {
    const told: string[] = []
    const questions = new Questions({
      asked: ({ id, device }) => told.push(`asked ${device} ${id}`),
      gone: (id) => told.push(`gone ${id}`),
    })
    return { questions, told }
  }

  it('are not asked where no door shows them', async () => {
    const { questions, told } = heard()
    expect(await questions.about('pi')(question, new AbortController().signal)).toBeUndefined()
    expect(told).toEqual([])
  })

  it('are answered by the first door, and no answer is told to the others', async () => {
    const { questions, told } = heard()
    questions.join()
    questions.join()
    const answer = questions.about('pi')(question, new AbortController().signal)
    const [{ id }] = questions.pending
    questions.answer(id!, 'secret word')
    questions.answer(id!, 'another')
    expect(await answer).toBe('secret word')
    expect(questions.pending).toEqual([])
    expect(told).toEqual([`asked pi ${id}`, `gone ${id}`])
  })

  it('end when they are turned down, and when nobody needs the answer any more', async () => {
    const { questions } = heard()
    questions.join()
    const down = questions.about('pi')(question, new AbortController().signal)
    questions.answer(questions.pending[0]!.id, null)
    expect(await down).toBeUndefined()
    const abort = new AbortController()
    const dropped = questions.about('pi')(question, abort.signal)
    abort.abort()
    expect(await dropped).toBeUndefined()
    expect(questions.pending).toEqual([])
  })
})
