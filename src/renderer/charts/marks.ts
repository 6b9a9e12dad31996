/** A mark of a drawn chart, by the name of its series. */
export interface Mark {
  seriesName: string
  dataIndex?: number
}
