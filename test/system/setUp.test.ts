import { expect, it } from 'vitest'
import { buildHint, doctorPlace, installed, setUpHint, toGetAgain } from '../../src/system/setUp.ts'

const hints = [setUpHint, buildHint, doctorPlace, toGetAgain]

it('knows a checkout, and sends its user to npm', () => {
  expect(installed).toBe(false)
  for (const hint of hints) expect(hint()).toMatch(/`npm run |`splitbench /)
})

it('sends the user of an installed app, who has neither npm nor a terminal, elsewhere', () => {
  for (const hint of hints) {
    expect(hint(true)).not.toMatch(/npm|`/)
    expect(hint(true)).toMatch(/Settings, Doctor|install Splitbench again/)
  }
})
