import type { MenuItemConstructorOptions } from 'electron'
import { BrowserWindow, Menu } from 'electron'

/** The window answers Ctrl+1 … 9 itself, in the order of its navigation; the menu names its pages without numbers. */
const pages = [
  'overview',
  'profile',
  'layers',
  'train',
  'devices',
  'compare',
  'select',
  'runs',
  'reports',
  'settings',
] as const

const go = (page: (typeof pages)[number]): MenuItemConstructorOptions => ({
  label: `${page[0]!.toUpperCase()}${page.slice(1)}`,
  ...(page === 'settings' && { accelerator: 'CmdOrCtrl+,' }),
  click: () => BrowserWindow.getAllWindows()[0]?.webContents.send('splitbench:command', `page:${page}`),
})

/** The platform's menu, with its own roles and shortcuts, and our pages. */
export function setMenu(platform: NodeJS.Platform = process.platform): void {
  const mac = platform === 'darwin'
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' as const }] : [{ label: '&File', submenu: [{ role: 'quit' as const }] }]),
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        ...pages.map(go),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
