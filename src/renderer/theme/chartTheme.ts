import type { ChartTheme } from '#common/charts/theme.ts'

/** Single quotes: ECharts writes it into an attribute of exported SVGs as it is. */
const fontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

/** The colours of the report (resources/report/report.css): a colour means the same in the window and on paper. */
export const chartThemes: Record<'light' | 'dark', ChartTheme> = {
  light: {
    ink: '#1b1f24',
    muted: '#535c66',
    grid: '#e3e6ea',
    surface: '#ffffff',
    series: ['#0072b2', '#56b4e9', '#e69f00', '#d55e00', '#009e73', '#cc79a7', '#8f8500', '#6e7781'],
    parts: { device: '#009e73', transmission: '#cc79a7', server: '#7d8793' },
    fontFamily,
  },
  dark: {
    ink: '#e6e9ed',
    muted: '#a7b0ba',
    grid: '#2b3138',
    surface: '#1a1e23',
    series: ['#3d9bdc', '#9ad4f5', '#f0b429', '#f2743a', '#2fc196', '#dd95bd', '#d9cf45', '#97a1ad'],
    parts: { device: '#2fc196', transmission: '#dd95bd', server: '#8b95a1' },
    fontFamily,
  },
}
