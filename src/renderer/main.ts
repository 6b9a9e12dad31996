import './policy.ts'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { currentHost } from './host/index.ts'
import { pageOf } from './pages.ts'
import { useConsoles } from './stores/consoles.ts'
import { useDevices } from './stores/devices.ts'
import { useJobs } from './stores/jobs.ts'
import { useNotify } from './stores/notify.ts'
import { usePlace } from './stores/place.ts'
import { useQuestions } from './stores/questions.ts'
import { useRuns } from './stores/runs.ts'
import { useSettings } from './stores/settings.ts'
import { useWorkbench } from './stores/workbench.ts'
import './theme/tokens.css'
import './theme/base.css'

const host = currentHost()
const app = createApp(App, { host }).use(createPinia())
// While the conversation is being opened: the desktop process has much to read afterwards.
void pageOf(usePlace().parts[0])
  .fetch()
  .catch(() => {})
// Each store subscribes before the first conversation begins.
useSettings()
useJobs()
useRuns()
useDevices()
useConsoles()
useQuestions()
useNotify()
void useWorkbench().open(host)
app.mount('#app')
