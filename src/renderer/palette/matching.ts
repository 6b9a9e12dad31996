/** Something that the command palette can do. */
export interface PaletteCommand {
  id: string
  /** What it belongs to: "Go to", "Job", "Export". */
  group: string
  title: string
  /** Its own shortcut, as on a key cap. */
  keys?: string
  run(): unknown
}

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean)

/**
 * The commands that hold every word of a query, in any order. Those with a title that begins with the query come first;
 * otherwise the given order stays.
 */
export function matching<Command extends Pick<PaletteCommand, 'group' | 'title'>>(
  commands: readonly Command[],
  query: string,
): Command[] {
  const words = wordsOf(query)
  const wanted = words.join(' ')
  const found = commands.filter(({ group, title }) => {
    const text = `${group} ${title}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const begins = ({ title }: Command): boolean => wanted !== '' && title.toLowerCase().startsWith(wanted)
  return [...found.filter(begins), ...found.filter((one) => !begins(one))]
}
