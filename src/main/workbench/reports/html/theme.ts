import type { ChartTheme } from '#common/charts/theme.ts'

/** The colours are the style sheet's variables, so one drawing serves the light page, the dark page and paper. */
export const reportTheme: ChartTheme = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  surface: 'var(--surface)',
  series: Array.from({ length: 8 }, (_, slot) => `var(--series-${slot})`),
  parts: { device: 'var(--part-device)', transmission: 'var(--part-transmission)', server: 'var(--part-server)' },
  fontFamily: 'inherit',
}
