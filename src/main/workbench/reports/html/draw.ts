import type { EChartsOption } from 'echarts'
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Markup } from './markup.ts'
import { escapeHtml, trusted } from './markup.ts'

echarts.use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  SVGRenderer,
])

/**
 * Draws a chart as inline SVG without a browser. `id` is unique in the document and keeps the names of patterns and
 * clip paths of several charts apart; the text is the same for the same option. Sizes in CSS pixels, scaled by the page.
 */
export function draw(option: EChartsOption, id: string, label: string, width: number, height: number): Markup {
  const opening = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">`
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption(option)
    return trusted(
      chart
        .renderToSVGString()
        // Hover rules and event targets are for a live page; in a file they would only be weight.
        .replace(/<style ?>[\s\S]*?<\/style>/g, '')
        .replace(/<path [^>]*fill="none" pointer-events="visible" ecmeta_ssr_type[^>]*><\/path>\n?/g, '')
        .replace(/ (?:ecmeta_\w+|class|xmlns(?::xlink)?|baseProfile|version)="[^"]*"/g, '')
        .replace(/(id="|url\(#)zr\d+-/g, `$1${id}-`)
        .replace(/^<svg[^>]*>/, () => opening),
    )
  } finally {
    chart.dispose()
  }
}
