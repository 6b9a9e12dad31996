import { paperTheme } from '#common/charts/paperTheme.ts'
import type { ChartTheme } from '#common/charts/theme.ts'

/** The colours of the report (resources/report/report.css): a colour means the same in the window and on paper. */
export const chartThemes: Record<'light' | 'dark', ChartTheme> = {
  light: paperTheme,
  dark: {
    ink: '#e6e9ed',
    muted: '#a7b0ba',
    grid: '#2b3138',
    surface: '#1a1e23',
    series: ['#3d9bdc', '#9ad4f5', '#f0b429', '#f2743a', '#2fc196', '#dd95bd', '#d9cf45', '#97a1ad'],
    parts: { device: '#2fc196', transmission: '#dd95bd', server: '#8b95a1' },
    fontFamily: paperTheme.fontFamily,
  },
}
