/**
 * Colours of charts. Values are anything that a chart can paint with: "#0072B2" in the window, "var(--series-0)" in the
 * report, where one picture serves light, dark and print.
 */
export interface ChartTheme {
  ink: string
  muted: string
  grid: string
  surface: string
  /** Okabe-Ito order of `seriesSlots`: blue, sky, orange, vermillion, then green, purple, yellow, grey. */
  series: readonly string[]
  /** Parts of a latency: device, transmission, server. */
  parts: { device: string; transmission: string; server: string }
  fontFamily: string
}

type Dash = 'solid' | 'dashed' | 'dotted' | number[]

/** Marker and dash of a slot: colour is never the only difference. A hollow marker is filled with the surface. */
const slots: readonly { symbol: string; hollow?: boolean; dash: Dash }[] = [
  { symbol: 'circle', dash: 'solid' },
  { symbol: 'circle', hollow: true, dash: 'dashed' },
  { symbol: 'rect', dash: [10, 3] },
  { symbol: 'triangle', dash: 'solid' },
  { symbol: 'diamond', dash: [2, 3] },
  { symbol: 'rect', hollow: true, dash: 'dotted' },
  { symbol: 'diamond', hollow: true, dash: [8, 3, 2, 3] },
  { symbol: 'triangle', hollow: true, dash: 'dashed' },
]
/** Colours begin anew after the last slot, with other markers and dashes. */
const styleOf = (slot: number) => slots[(slot + 3 * Math.floor(slot / slots.length)) % slots.length]!

export const slotColour = (theme: ChartTheme, slot: number): string => theme.series[slot % theme.series.length]!
export const slotDash = (slot: number): Dash => styleOf(slot).dash

export function slotMarker(theme: ChartTheme, slot: number) {
  const { symbol, hollow } = styleOf(slot)
  const colour = slotColour(theme, slot)
  return {
    symbol,
    itemStyle: hollow
      ? { color: theme.surface, borderColor: colour, borderWidth: 2, opacity: 1 }
      : { color: colour, opacity: 1 },
  }
}
