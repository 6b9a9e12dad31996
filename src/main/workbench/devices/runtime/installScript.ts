import { readyFile } from './archive.ts'
import type { Bundle } from './bundles.ts'
import { keptBundles } from './oldBundles.ts'

/**
 * What is done on the board, as POSIX sh, all below ~/.splitbench: `runtime/<id>`, `coders/<id>` and `agent/<id>` hold what is
 * complete, `incoming` what is on its way. A word on stdout says how it ended; errors are on stderr.
 */
const enter = 'umask 077; mkdir -p "$HOME/.splitbench/incoming" && cd "$HOME/.splitbench" || exit 90'

/** Paths relative to ~/.splitbench. */
export const placeOf = ({ place, id }: Pick<Bundle, 'place' | 'id'>): string => `${place}/${id}`
export const partOf = ({ sha256 }: Pick<Bundle, 'sha256'>): string => `incoming/${sha256}.tgz.part`
const archiveOf = ({ sha256 }: Pick<Bundle, 'sha256'>): string => `incoming/${sha256}.tgz`
const unpackedAt = ({ sha256 }: Pick<Bundle, 'sha256'>): string => `incoming/${sha256}.tmp`
const lockOf = ({ sha256 }: Pick<Bundle, 'sha256'>): string => `incoming/${sha256}.lock`

/**
 * Tells `ready`, `taken` (the lock is ours now, and half files of other bundles that nobody works on are gone), or
 * `busy <state>`, where the state changes as long as the other owner gets on. `stale`: an owner whose lock is taken
 * over. Exit code 92: it could not be had, or was let go this moment. After `taken` come the bytes that are there: `archive` (whole, checked) or `part <bytes>`.
 */
export function takeScript(bundle: Bundle, token: string, stale: string | undefined): string {
  const lock = lockOf(bundle)
  const takeOver = `[ "$(cat ${lock}/owner)" = "${stale}" ] && mv ${lock} ${lock}.${token} && rm -rf ${lock}.${token}`
  return [
    enter,
    `if [ -e ${placeOf(bundle)}/${readyFile} ]; then echo ready; exit 0; fi`,
    ...(stale === undefined ? [] : [takeOver]),
    `if mkdir ${lock}; then echo ${token} >${lock}/owner || exit 91`,
    'echo taken',
    // An owner that has not been heard of for a day is gone.
    "find incoming -maxdepth 1 -name '*.lock' -mmin +1440 -exec rm -rf '{}' ';'",
    `for old in incoming/*.part incoming/*.tgz incoming/*.tmp; do`,
    'name=$(basename "$old" | cut -d . -f 1)',
    `[ -e "$old" ] && [ "$name" != ${bundle.sha256} ] && ! [ -e "incoming/$name.lock" ] && rm -rf "$old"; done`,
    `if [ -e ${archiveOf(bundle)} ]; then echo archive; elif [ -e ${partOf(bundle)} ]; then echo "part $(wc -c <${partOf(bundle)})"; fi`,
    'exit 0; fi',
    `[ -d ${lock} ] || exit 92`,
    `echo "busy $(cat ${lock}/owner) $(cat ${lock}/beat) $(wc -c <${partOf(bundle)}) $(du -sk ${unpackedAt(bundle)} | cut -f 1)"`,
  ].join('\n')
}

/** Says that the owner is alive, and tells how far unpacking is: kilobytes. */
export const beatScript = (bundle: Bundle, beat: number): string =>
  [enter, `echo ${beat} >${lockOf(bundle)}/beat`, `du -sk ${unpackedAt(bundle)} | cut -f 1`].join('\n')

/**
 * Checks the archive by its hash, unpacks it beside its place and gives it its name. Tells `damaged` or `installed`.
 * What takes time leaves its process id, so that a cancellation can end it.
 */
export function installScript(bundle: Bundle): string {
  const [part, archive, unpacked, place, lock] = [partOf, archiveOf, unpackedAt, placeOf, lockOf].map((of) =>
    of(bundle),
  )
  return [
    enter,
    `run() { "$@" & echo $! >${lock}/pid; wait $!; }`,
    `if ! [ -e ${archive} ]; then`,
    `run sha256sum ${part} >${lock}/sum || exit 93`,
    `case "$(cat ${lock}/sum)" in ${bundle.sha256}*) mv ${part} ${archive} || exit 94;; *) rm -f ${part}; echo damaged; exit 0;; esac`,
    'fi',
    `rm -rf ${unpacked}; mkdir -p ${unpacked} ${bundle.place} || exit 95`,
    `run tar xzf ${archive} -C ${unpacked} || { code=$?; rm -rf ${unpacked}; exit $code; }`,
    `[ -e ${unpacked}/${place}/${readyFile} ] || { rm -rf ${unpacked} ${archive}; echo damaged; exit 0; }`,
    // On a memory card the name would otherwise be there before the content when power is cut.
    `run sync -f ${unpacked} || run sync`,
    `[ -e ${place} ] && rm -rf ${place}`,
    `mv ${unpacked}/${place} ${place} || exit 96`,
    // The archive has no times; by this one the newest are told from the old.
    `touch ${place}/${readyFile}`,
    `rm -rf ${unpacked} ${archive}; echo installed`,
  ].join('\n')
}

/** Ends what `installScript` has running, and what it has unpacked. */
export const abandonScript = (bundle: Bundle): string =>
  [
    enter,
    `[ -e ${lockOf(bundle)}/pid ] && kill "$(cat ${lockOf(bundle)}/pid)"`,
    `rm -rf ${unpackedAt(bundle)} ${lockOf(bundle)}`,
  ].join('\n')

export const releaseScript = (bundle: Bundle): string => [enter, `rm -rf ${lockOf(bundle)}`].join('\n')

/** Drops what was sent of it: the disk is full, and nothing of ours must keep it so. */
export const dropScript = (bundle: Bundle): string =>
  [enter, `rm -rf ${unpackedAt(bundle)} ${partOf(bundle)} ${archiveOf(bundle)} ${lockOf(bundle)}`].join('\n')

/**
 * On the board, after a bundle has been installed: of its kind the ones that were used last stay, and any that runs; the
 * others go, first their mark, so that half of one never counts as one.
 */
export const tidyScript = (bundle: Pick<Bundle, 'place' | 'id'>): string =>
  [
    enter,
    // Looked at once, and not by grep, which would find itself.
    "running=$(cat /proc/[0-9]*/cmdline | tr '\\000' '\\n')",
    `ls -t ${bundle.place}/*/${readyFile} | tail -n +${keptBundles + 1} | while read -r mark; do`,
    'old=$(dirname "$mark")',
    `[ "$old" = ${placeOf(bundle)} ] && continue`,
    'case "$running" in *"$old/"*) continue;; esac',
    'rm -f "$mark" && rm -rf "$old"; done',
  ].join('\n')
