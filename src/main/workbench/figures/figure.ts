/** What a figure is written as, by the ending of the file. */
export interface FigureFiles {
  svg: string
  csv: string
}

/** A numbered figure of a paper as a view of stored runs: what it shows, and how it is drawn from a run's folder. */
export interface Figure {
  title: string
  draw(run: string): FigureFiles
}
