import { cksum } from './cksum.ts'

/** Of one output of a command; the rest is cut off. */
export const outputBytes = 65_536

/**
 * Functions in a shell on the board, so that what travels over a noisy line is short and checked. Answers start with the
 * request's id and stand on lines of their own: whatever else the line says (a kernel's messages, a prompt) is told
 * apart, and an answer that was spoilt is asked for again. Every process costs a slow board time: none is started for an
 * output that is empty, whose checksum is known.
 */
export const shellFunctions = `
cd
d=$(mktemp -d /dev/shm/splitbench.XXXXXX 2>/dev/null||mktemp -d)
trap 'rm -rf "$d"' EXIT
sb_is(){ [ "$(printf %s "$c"|cksum)" = "$2 $3" ]||{ printf '\\n%s!\\n' "$1";return 1;};}
sb_run(){ sb_is "$@"||return;(eval "$c") </dev/null >"$d/o" 2>"$d/e";r=$?;k=$1;sb_out "$1";}
sb_out(){ [ "$k" = "$1" ]||{ printf '\\n%s?\\n' "$1";return;}
for f in o e;do echo;[ ! -s "$d/$f" ]||head -c ${outputBytes} "$d/$f"|LC_ALL=C sed "s/^/$1$f/";done
printf '\\n%s=%s %s %s\\n' "$1" "$r" "$(sb_sum o)" "$(sb_sum e)";}
sb_sum(){ [ -s "$d/$1" ]&&head -c ${outputBytes} "$d/$1"|cksum||echo 4294967295 0;}
sb_raw(){ sb_is "$@"||return;s=$(stty -g)&&stty raw -echo||{ printf '\\n%s#\\n' "$1";return;}
printf '\\n%s@\\n' "$1";(eval "$c");r=$?;k=$1;stty "$s";printf '\\000\\n%s~%s\\n\\000' "$1" "$r";}
sb_end(){ [ "$k" = "$1" ]&&printf '\\n%s~%s\\n' "$1" "$r"||printf '\\n%s?\\n' "$1";}
`

/** So many bytes travel in one line of input, on a clean line and on a noisy one; a terminal takes 4095. */
export const pieceBytes = { clean: 1000, noisy: 120 }

export interface Piece {
  /** One line of input for the shell, without its end. It may be sent any number of times. */
  line: string
  /** What the shell answers when the piece has come through. */
  answer: string
}

/**
 * The lines that put \`text\` into the shell's variable c, `size` bytes in each: they check themselves, so that a piece
 * that noise has changed is never used.
 */
export function piecesOf(text: string, id: string, size: number): { pieces: Piece[]; join: string } {
  const pieces: Piece[] = []
  const bytes = Buffer.from(text, 'utf8')
  for (let at = 0, part = 0; at < bytes.length || part === 0; at += size, part++) {
    const slice = bytes.subarray(at, at + size)
    const quoted = slice.toString('latin1').replaceAll("'", `'\\''`)
    const answer = `${id}p${part}+`
    // The answer is put together by the shell: an echo of the input is no answer.
    pieces.push({
      line: `p='${quoted}';[ "$(printf %s "$p"|cksum)" = "${cksum(slice)}" ]&&c${part}=$p&&printf '\\n%s%s\\n' ${id}p ${part}+`,
      answer,
    })
  }
  return { pieces, join: `c=${pieces.map((_, part) => `$c${part}`).join('')}` }
}

/** What came back of a command, or undefined where noise has changed it. */
export function readOutcome(text: string, id: string): { code: number; stdout: Buffer; stderr: Buffer } | undefined {
  const end = new RegExp(`^${id}=(\\d+) (\\d+ \\d+) (\\d+ \\d+)$`, 'm').exec(text)
  if (!end) return undefined
  const part = (letter: string, sum: string): Buffer | undefined => {
    const prefix = `${id}${letter}`
    const lines = text
      .slice(0, end.index)
      .split('\n')
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length))
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1').subarray(0, Number(sum.split(' ')[1]))
    return cksum(bytes) === sum ? bytes : undefined
  }
  const stdout = part('o', end[2]!)
  const stderr = part('e', end[3]!)
  return stdout && stderr && { code: Number(end[1]), stdout, stderr }
}
