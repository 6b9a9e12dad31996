import { bottlenetPP } from './bottlenetPP.ts'
import type { Recipe } from './lab.ts'
import { onlySplitting } from './onlySplitting.ts'
import { twoStep } from './twoStep.ts'

/** Every framework by its name in the command line, files and reports (`common/experiment/names.ts`). */
export const recipes: Record<string, Recipe> = {
  'only-splitting': onlySplitting,
  'two-step': twoStep,
  'bottlenet-pp': bottlenetPP,
}
