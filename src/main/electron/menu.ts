import type { MenuItemConstructorOptions } from 'electron'
import { BrowserWindow, Menu } from 'electron'
import { recentWorkspaces } from '../workbench/store/recentWorkspaces.ts'
import { chooseWorkspace } from './workspaces.ts'

/** The window answers Ctrl+1 … 9 itself, in the order of its navigation; the menu names its pages without numbers. */
const pages = [
  'overview',
  'profile',
  'layers',
  'train',
  'devices',
  'compare',
  'select',
  'live',
  'runs',
  'reports',
  'settings',
] as const

const go = (page: (typeof pages)[number]): MenuItemConstructorOptions => ({
  label: `${page[0]!.toUpperCase()}${page.slice(1)}`,
  ...(page === 'settings' && { accelerator: 'CmdOrCtrl+,' }),
  click: () => BrowserWindow.getAllWindows()[0]?.webContents.send('splitbench:command', `page:${page}`),
})

/** The platform's menu, with its own roles and shortcuts, our pages, and the workspaces. */
export function setMenu(
  workspace: string,
  open: (folder: string) => void,
  platform: NodeJS.Platform = process.platform,
): void {
  const mac = platform === 'darwin'
  const recent = recentWorkspaces().filter(({ folder }) => folder !== workspace)
  const file: MenuItemConstructorOptions = {
    label: '&File',
    submenu: [
      { label: 'Open Workspace…', accelerator: 'CmdOrCtrl+O', click: () => void chooseWorkspace(open) },
      {
        label: 'Open Recent',
        enabled: recent.length > 0,
        submenu: recent.map(({ folder }) => ({ label: folder, click: () => open(folder) })),
      },
      ...(mac ? [] : [{ type: 'separator' as const }, { role: 'quit' as const }]),
    ],
  }
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' as const }] : []),
    file,
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
