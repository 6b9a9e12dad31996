import { goTo } from '../../../test/e2e/support/pages.ts'
import type { Studio } from './studio.ts'

/** A short training and its pruning, from the window: their forms, their curves. */
export async function modelPictures({ page, picture }: Studio): Promise<void> {
  const fill = async (form: string, values: Record<string, string>): Promise<void> => {
    for (const [label, value] of Object.entries(values)) {
      await page.getByRole('form', { name: form }).getByLabel(label).fill(value)
    }
  }
  await goTo(page, 'train')
  await fill('Train', { Epochs: '12', 'Batch size': '64', 'Training images': '1000', 'Test images': '500' })
  await page.getByRole('button', { name: 'Start training' }).click()
  await page.locator('[data-progress]', { hasText: /Training the baseline · [4-9]/ }).waitFor({ timeout: 600_000 })
  await picture('training')
  await page.locator('[data-model-result]').waitFor({ timeout: 600_000 })
  await picture('trained')
  await page.getByRole('button', { name: 'Prune this model' }).click()
  await fill('Prune', { 'MACs to keep': '35', 'Largest accuracy loss': '40' })
  await picture('train')
  await page.getByRole('button', { name: 'Start pruning' }).click()
  await page.locator('[data-model-result] [data-fact="Parameters"]').waitFor({ timeout: 900_000 })
  await page.locator('[data-chart="channels-left"]').waitFor()
  await picture('pruned')
}
