import type { Component } from 'vue'
import ComparePage from './pages/compare/ComparePage.vue'
import DevicesPage from './pages/devices/DevicesPage.vue'
import LayersPage from './pages/layers/LayersPage.vue'
import ProfilePage from './pages/profile/ProfilePage.vue'
import RunsPage from './pages/runs/RunsPage.vue'
import SelectPage from './pages/select/SelectPage.vue'
import SettingsPage from './pages/settings/SettingsPage.vue'

export interface Page {
  /** Its place in the address. */
  id: string
  title: string
  component: Component
}

/** In the order of the navigation. A new page is one more entry. */
export const pages: readonly Page[] = [
  { id: 'compare', title: 'Compare', component: ComparePage },
  { id: 'layers', title: 'Layers', component: LayersPage },
  { id: 'profile', title: 'Profile', component: ProfilePage },
  { id: 'select', title: 'Select', component: SelectPage },
  { id: 'devices', title: 'Devices', component: DevicesPage },
  { id: 'runs', title: 'Runs', component: RunsPage },
  { id: 'settings', title: 'Settings', component: SettingsPage },
]
