import type { Component } from 'vue'
import type { Fetch } from './later.ts'
import { later } from './later.ts'
import OverviewPage from './pages/overview/OverviewPage.vue'

export interface Page {
  /** Its place in the address. */
  id: string
  title: string
  /** But for the first one, fetched when it is first shown or nothing else is to be done: a start waits for no other. */
  component: Component
  fetch: Fetch
}

const page = (id: string, title: string, fetch: Fetch): Page => ({ id, title, component: later(fetch), fetch })

/** In the order of the navigation, which is that of the work; the first nine have Ctrl+1 to Ctrl+9, the tenth Alt+0. */
export const pages: readonly Page[] = [
  { id: 'overview', title: 'Overview', component: OverviewPage, fetch: async () => ({ default: OverviewPage }) },
  page('profile', 'Profile', () => import('./pages/profile/ProfilePage.vue')),
  page('layers', 'Layers', () => import('./pages/layers/LayersPage.vue')),
  page('train', 'Train & prune', () => import('./pages/train/TrainPage.vue')),
  page('criteria', 'Criteria', () => import('./pages/criteria/CriteriaPage.vue')),
  page('devices', 'Devices', () => import('./pages/devices/DevicesPage.vue')),
  page('compare', 'Compare', () => import('./pages/compare/ComparePage.vue')),
  page('select', 'Select', () => import('./pages/select/SelectPage.vue')),
  page('live', 'Live', () => import('./pages/live/LivePage.vue')),
  page('runs', 'Runs', () => import('./pages/runs/RunsPage.vue')),
  page('reports', 'Reports', () => import('./pages/reports/ReportsPage.vue')),
  // A study of its own, beside the way from a network to a deployed split.
  page('preprocess', 'Pre-process', () => import('./pages/preprocess/PreprocessPage.vue')),
  page('settings', 'Settings', () => import('./pages/settings/SettingsPage.vue')),
]

/** The page of a place in the address; the first one where there is no such page. */
export const pageOf = (id: string | undefined): Page => pages.find((one) => one.id === id) ?? pages[0]!
