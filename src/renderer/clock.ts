const format = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** "13:05:09", local time. One formatter for all: making one takes longer than drawing a line. */
export const clock = (at: string): string => format.format(new Date(at))
