import type { Component } from 'vue'
import ComparePage from './pages/compare/ComparePage.vue'
import CriteriaPage from './pages/criteria/CriteriaPage.vue'
import DevicesPage from './pages/devices/DevicesPage.vue'
import LayersPage from './pages/layers/LayersPage.vue'
import OverviewPage from './pages/overview/OverviewPage.vue'
import ProfilePage from './pages/profile/ProfilePage.vue'
import ReportsPage from './pages/reports/ReportsPage.vue'
import RunsPage from './pages/runs/RunsPage.vue'
import SelectPage from './pages/select/SelectPage.vue'
import SettingsPage from './pages/settings/SettingsPage.vue'
import TrainPage from './pages/train/TrainPage.vue'

export interface Page {
  /** Its place in the address. */
  id: string
  title: string
  component: Component
}

/** In the order of the navigation, which is that of the work; the first nine have Ctrl+1 to Ctrl+9. */
export const pages: readonly Page[] = [
  { id: 'overview', title: 'Overview', component: OverviewPage },
  { id: 'profile', title: 'Profile', component: ProfilePage },
  { id: 'layers', title: 'Layers', component: LayersPage },
  { id: 'train', title: 'Train & prune', component: TrainPage },
  { id: 'criteria', title: 'Criteria', component: CriteriaPage },
  { id: 'devices', title: 'Devices', component: DevicesPage },
  { id: 'compare', title: 'Compare', component: ComparePage },
  { id: 'select', title: 'Select', component: SelectPage },
  { id: 'runs', title: 'Runs', component: RunsPage },
  { id: 'reports', title: 'Reports', component: ReportsPage },
  { id: 'settings', title: 'Settings', component: SettingsPage },
]
