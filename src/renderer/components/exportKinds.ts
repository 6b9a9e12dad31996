/** What can be taken out of a chart or table: files, and its numbers on the clipboard. */
export const exportKinds = ['csv', 'png', 'svg', 'copy'] as const
export type ExportKind = (typeof exportKinds)[number]
