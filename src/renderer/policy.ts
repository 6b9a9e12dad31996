import { z } from 'zod'

// The page's content policy forbids code from strings, which zod compiles its schemas to. This must be said before the
// contract's schemas are made, so this module is imported first.
z.config({ jitless: true })
