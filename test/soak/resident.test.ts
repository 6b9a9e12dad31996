import { expect, it } from 'vitest'
import { residentOfEmulated } from './resident.ts'

it('tells what a program has in memory from what its emulator has', () => {
  const maps = [
    '00400000-00402000 r-xp 00000000 08:01 1 /opt/bin/node',
    '5501800000-5502000000 rw-p 00000000 00:00 0 [stack]',
    '55e000000000-55e000001000 rw-p 00000000 00:00 0',
  ].join('\n')
  const smaps = [
    '00400000-00401000 r--p 00000000 08:01 1 /opt/bin/node',
    'Size:                  4 kB',
    'Rss:                   4 kB',
    '00401000-00402000 r--p 00001000 08:01 1 /opt/bin/node',
    'Rss:                   8 kB',
    '5501800000-5502000000 rw-p 00000000 00:00 0',
    'Rss:                  16 kB',
    // Begins below what the program has and reaches into it: the program's.
    '55dffffff000-55e000001000 rw-p 00000000 00:00 0',
    'Rss:                  32 kB',
    // Ends where the program's begins.
    '5501700000-5501800000 rw-p 00000000 00:00 0',
    'Rss:                  64 kB',
    '7f1000000000-7f1008000000 rwxp 00000000 00:00 0',
    'Rss:                 128 kB',
  ].join('\n')
  expect(residentOfEmulated(maps, smaps)).toEqual({ own: 60 * 1024, emulator: 192 * 1024 })
  expect(residentOfEmulated(smaps, smaps)).toEqual({ own: 252 * 1024, emulator: 0 })
})
