import type { ChartTheme } from './theme.ts'

/** Colours on white: the window by day, and figures that are written to files. */
export const paperTheme: ChartTheme = {
  ink: '#1b1f24',
  muted: '#535c66',
  grid: '#e3e6ea',
  surface: '#ffffff',
  series: ['#0072b2', '#56b4e9', '#e69f00', '#d55e00', '#009e73', '#cc79a7', '#8f8500', '#6e7781'],
  parts: { device: '#009e73', transmission: '#cc79a7', server: '#7d8793' },
  // Single quotes: ECharts writes it into an attribute of exported SVGs as it is.
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif",
}
