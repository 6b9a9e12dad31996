import type { Fetch } from './later.ts'
import { later } from './later.ts'

const fetchPalette: Fetch = () => import('./palette/CommandPalette.vue')
const fetchQuestions: Fetch = () => import('./components/QuestionDialog.vue')

/** Dialogs over any page; what they are made of is a good part of the window's code, and no start needs it. */
export const CommandPalette = later(fetchPalette)
export const QuestionDialog = later(fetchQuestions)
export const dialogs: readonly Fetch[] = [fetchPalette, fetchQuestions]
