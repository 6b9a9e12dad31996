import type { EChartsOption } from 'echarts'
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

echarts.use([BarChart, CustomChart, LineChart, ScatterChart])
echarts.use([GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer])

/** A chart as an SVG file of its own, on white. Sizes in pixels. */
export function svgFile(option: EChartsOption, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ ...option, backgroundColor: '#ffffff' })
    return `${chart.renderToSVGString()}\n`
  } finally {
    chart.dispose()
  }
}
