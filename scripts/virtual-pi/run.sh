#!/bin/bash
# run.sh: starts a virtual Raspberry Pi and obeys the lines on its standard input (inside.sh says which) until that
# ends. Everything runs in a pid namespace of its own, so nothing outlives this process. Reads VPI_KIT (the folder that
# make.sh filled), VPI_ARCH, VPI_STATE (what this Pi has of its own), VPI_CPU, VPI_DISK; see inside.sh.
#
# A user namespace has its own binfmt_misc since Linux 6.7: registering qemu there leaves the machine's alone.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
namespaces=(unshare --mount --pid --uts --fork --kill-child)

if [ "$(id -u)" != 0 ]; then
  export VPI_MODE=user
  exec unshare --user --map-root-user "${namespaces[@]}" bash "$here/inside.sh"
fi

# Root keeps all ids, so that the Pi has the users pi and root. Somebody outside has to write the map: a child that
# waits until this process is in its new namespace.
export VPI_MODE=root
go=$VPI_STATE/mapped
rm -f "$go"
mkfifo -m 600 "$go"
before=$(readlink /proc/self/ns/user)
(
  while [ "$(readlink "/proc/$$/ns/user")" = "$before" ]; do sleep 0.005; done
  echo '0 0 65536' >"/proc/$$/uid_map"
  echo '0 0 65536' >"/proc/$$/gid_map"
  echo go >"$go"
) <&- &
# shellcheck disable=SC2016
exec unshare --user bash -c 'read -r _ <"$1" && rm "$1" && shift && exec "$@"' bash "$go" "${namespaces[@]}" \
  bash "$here/inside.sh"
