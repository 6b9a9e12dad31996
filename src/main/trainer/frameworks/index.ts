import { auto } from './auto.ts'
import { bottlenet } from './bottlenet.ts'
import { bottlenetPP } from './bottlenetPP.ts'
import { ccto } from './ccto.ts'
import { cloudOnly } from './cloudOnly.ts'
import { jscc } from './jscc.ts'
import type { Recipe } from './lab.ts'
import { onlySplitting } from './onlySplitting.ts'
import { qcnn } from './qcnn.ts'
import { safbmp } from './safbmp.ts'
import { twoStep } from './twoStep.ts'

/** Every framework by its name in the command line, files and reports (`common/experiment/names.ts`). */
export const recipes: Record<string, Recipe> = {
  'only-splitting': onlySplitting,
  'cloud-only': cloudOnly,
  'two-step': twoStep,
  bottlenet,
  'bottlenet-pp': bottlenetPP,
  ccto,
  jscc,
  safbmp,
  'q-cnn': qcnn,
  auto,
}
