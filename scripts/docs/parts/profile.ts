import { goTo } from '../../../test/e2e/support/pages.ts'
import type { Studio } from './studio.ts'

/** Profile your model: its form, its finished profile. */
export async function profilePictures({ page, picture, runs }: Studio): Promise<void> {
  await goTo(page, 'profile')
  await page.locator('[data-drop]').waitFor()
  await picture('profile-form')
  await goTo(page, `profile/run/${runs.profile}`)
  await page.locator('[data-chart="profile-workload"] canvas').first().waitFor()
  await picture('profile')
  await page.locator('[data-chart="profile-rates"]').scrollIntoViewIfNeeded()
  await picture('profile-rates')
}
