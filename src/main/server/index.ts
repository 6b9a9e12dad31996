import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { cacheFolder } from '../../system/cacheFolder.ts'

// Compiled code of the last start: without it a start takes a quarter longer. What follows must be imported after that.
enableCompileCache(join(cacheFolder(), 'compiled'))
await import('./serve.ts')
flushCompileCache()
