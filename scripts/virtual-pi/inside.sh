#!/bin/bash
# Process 1 of a virtual Pi, inside its namespaces. Makes the root file system look like a running board, then obeys
# lines of its standard input until that ends (with it ends every process here):
#   sshd PORT          starts sshd on 127.0.0.1; its words go to VPI_STATE/sshd.log
#   end-sshd           ends sshd with all its sessions
#   exec ID USER       runs the shell script VPI_STATE/requests/ID as USER (pi or root); leaves ID.out, ID.err, ID.code
#   serial ID          a console on the Unix socket VPI_STATE/requests/ID.sock: a terminal of its own with login, or with
#                      the script VPI_STATE/requests/ID where there is one (as pi, on a raw terminal without echo)
#   bind PATH FOLDER   a folder of this computer appears at PATH
# VPI_CPU: what qemu emulates. VPI_DISK: size of the home folder in bytes, which is then in memory; '' for none.
set -euo pipefail
script=$(realpath "$0") kit=$VPI_KIT root=$VPI_KIT/$VPI_ARCH/root state=$VPI_STATE

register_emulator() {
  local class=02 machine=b7 emulator=qemu-aarch64-static
  if [ "$VPI_ARCH" = armhf ]; then class=01 machine=28 emulator=qemu-arm-static; fi
  mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
  local magic="\\x7fELF\\x$class\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x$machine\\x00"
  local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  # F: the emulator is opened now, so the Pi needs no copy of it; P: programs keep their name ("-bash" is a login shell).
  # The kernel takes the line in one write only.
  printf '%s' ":vpi:M::$magic:$mask:$kit/tools/$emulator:POCF" >/proc/sys/fs/binfmt_misc/register
}

mount_board() {
  hostname raspberrypi
  mount --bind "$root" "$root"
  mount -o remount,bind,ro "$root"
  mount -t proc proc "$root/proc"
  mount --bind "$root/vpi/cpuinfo" "$root/proc/cpuinfo"

  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  local device
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir -p "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  chmod 1777 "$root/dev/shm"
  # socat runs outside the Pi's root but gets its terminals from the Pi, so that `tty` there knows them.
  mount --bind "$root/dev/pts" /dev/pts

  mount -t tmpfs -o mode=755 tmpfs "$root/sys"
  mkdir -p "$root/sys/firmware/devicetree/base" "$root/sys/class/thermal/thermal_zone0" "$root/sys/devices/system/cpu"
  cp "$root/vpi/model" "$root/sys/firmware/devicetree/base/model"
  echo cpu-thermal >"$root/sys/class/thermal/thermal_zone0/type"
  echo 48250 >"$root/sys/class/thermal/thermal_zone0/temp"
  for device in possible present online; do echo 0-3 >"$root/sys/devices/system/cpu/$device"; done

  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o mode=1777 tmpfs "$root/var/tmp"
  mount -t tmpfs -o mode=755 tmpfs "$root/var/log"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mkdir "$root/run/sshd"
  echo "export VPI=1 QEMU_CPU=$VPI_CPU" >"$root/run/vpi.env"
  mount --bind "$state/ssh" "$root/etc/ssh"
  mount --bind "$state/root" "$root/root"
  if [ -n "${VPI_DISK:-}" ]; then
    mount -t tmpfs -o "mode=755,size=$VPI_DISK" tmpfs "$root/home/pi"
    cp -a "$state/home/." "$root/home/pi/"
    if [ "$VPI_MODE" = root ]; then chown 1000:1000 "$root/home/pi"; fi
  else
    mount --bind "$state/home" "$root/home/pi"
  fi
}

# enter USER COMMAND…: runs it in the Pi. Without root outside there is one user only, pi.
enter() {
  local user=$1 home=/home/pi
  shift
  if [ "$user" = root ]; then home=/root; fi
  local environment=(env -i "QEMU_CPU=$VPI_CPU" VPI=1 "HOME=$home" "USER=$user" TERM=vt220 LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  if [ "$VPI_MODE" = user ]; then
    exec "${environment[@]}" unshare --user --map-user=1000 --map-group=1000 "--root=$root" "--wd=$home" "$@"
  elif [ "$user" = root ]; then
    exec "${environment[@]}" chroot "$root" "$@"
  else
    exec "${environment[@]}" chroot --userspec=1000:1000 --groups=1000 "$root" \
      /bin/sh -c 'cd && exec "$@"' sh "$@"
  fi
}

start_sshd() {
  (enter root /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config -p "$1") </dev/null >>"$state/sshd.log" 2>&1 &
  sshd=$!
}

# With all that it started: sessions leave its process group, so they are found by their parents.
end_tree() {
  kill -STOP "$1" 2>/dev/null || return 0
  local stat
  for stat in $(grep -lsE "^[0-9]+ \(.*\) . $1 " /proc/[0-9]*/stat); do
    stat=${stat#/proc/}
    end_tree "${stat%/stat}"
  done
  # A session that ends just now is gone already.
  kill -KILL "$1" 2>/dev/null || true
}

run_request() {
  local request=$state/requests/$1 code=0
  (enter "$2" /bin/sh -c "$(cat "$request")") </dev/null >"$request.out" 2>"$request.err" || code=$?
  echo "$code" >"$request.part"
  mv "$request.part" "$request.code"
}

# Small buffers, as a serial port has them: who writes faster than the line carries has to wait.
serve_serial() {
  local request=$state/requests/$1 terminal=pty,setsid,ctty,stderr
  if [ -e "$request" ]; then terminal=pty,rawer,echo=0,setsid,ctty,stderr; fi
  # socat takes its addresses apart at blanks, colons and commas: paths reach the shell in variables.
  (
    cd "$state/requests"
    VPI_SCRIPT=$script LD_LIBRARY_PATH="$kit/tools/lib" exec "$kit/tools/socat" -b 1024 \
      "UNIX-LISTEN:$1.sock,fork,sndbuf=4096" "SYSTEM:exec bash \"\$VPI_SCRIPT\" console $1,$terminal"
  ) </dev/null &
}

# What socat starts on the terminal.
console() {
  local request=$state/requests/$1
  unset LD_LIBRARY_PATH
  if [ -e "$request" ]; then enter pi /bin/sh -c "$(cat "$request")"; fi
  if [ "$VPI_MODE" = user ]; then enter pi /bin/bash -c "$(cat "${script%/*}/stand-in-login.sh")"; fi
  enter root /bin/login
}

if [ "${1:-}" = console ]; then console "$2"; fi

mount -t proc proc /proc
register_emulator
mount_board
echo up
sshd=
while read -r word argument rest; do
  case $word in
    sshd) start_sshd "$argument" ;;
    end-sshd) end_tree "$sshd" ;;
    exec) run_request "$argument" "$rest" & ;;
    serial) serve_serial "$argument" ;;
    bind) mount --bind "$rest" "$root/$argument" ;;
  esac
done
