#!/bin/bash
# make.sh WHAT FOLDER: makes one part of the virtual Raspberry Pi in FOLDER, from Debian's mirror only, root or not.
#   tools         qemu for user-mode emulation (arm64 and armhf) and socat, for this machine
#   arm64, armhf  a root file system of Raspberry Pi OS's parent distribution, with sshd and login
# Packages are only unpacked: no maintainer script runs, nothing outside FOLDER is touched. What the scripts would have
# written (accounts, PAM, sshd's needs) is written here.
set -euo pipefail
what=$1
folder=$(realpath -m "$2")
. "$(dirname "$(realpath "$0")")/apt.sh"

make_tools() {
  private_apt "$(dpkg --print-architecture)"
  (cd "$apt/cache" && apt-get -q download qemu-user-static socat libwrap0 libreadline8 libtinfo6 libssl3 \
    >>"$folder/apt.log" 2>&1) || fail 'apt-get download'
  local unpacked=$apt/unpacked package
  for package in "$apt"/cache/*.deb; do
    case $package in
      */qemu-user-static_*)
        dpkg-deb --fsys-tarfile "$package" |
          tar -x -C "$folder" --strip-components=3 ./usr/bin/qemu-aarch64-static ./usr/bin/qemu-arm-static
        ;;
      *) dpkg-deb --extract "$package" "$unpacked" ;;
    esac
  done
  mkdir "$folder/lib"
  cp "$unpacked/usr/bin/socat1" "$folder/socat" 2>/dev/null || cp -L "$unpacked/usr/bin/socat" "$folder/socat"
  find "$unpacked" -path '*-linux-gnu/*' \( -name 'lib*.so.*' \) -exec cp -P {} "$folder/lib/" \;
}

make_root() {
  private_apt "$what"
  apt-get -q -y --no-install-recommends --download-only install \
    base-files base-passwd bash dash coreutils grep sed mawk tar gzip findutils procps util-linux hostname login \
    libc-bin debianutils ncurses-base libstdc++6 libatomic1 openssh-server openssh-sftp-server iproute2 \
    >>"$folder/apt.log" 2>&1 || fail 'apt-get install --download-only'
  local root=$folder/root package directory
  mkdir -p "$root/usr"
  for directory in bin sbin lib; do
    mkdir "$root/usr/$directory"
    ln -s "usr/$directory" "$root/$directory"
  done
  for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --no-same-owner \
      --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
      --exclude='./usr/share/info' --exclude='./usr/share/lintian' --exclude='./usr/share/perl*' \
      --exclude='./usr/lib/*/perl*' --exclude='./usr/lib/*/gconv'
  done
  write_accounts "$root"
  write_identity "$root"
  # Where a running Pi gets something of its own mounted.
  mkdir -p "$root"/{proc,sys,dev,run,tmp,root,home/pi,var/log,var/tmp,etc/ssh,opt}
  rm -rf "$root/etc/ssh"/*
}

# Users pi and root with the password "raspberry".
write_accounts() {
  local root=$1 module
  local password='$6$splitbench$1CMYrHG86LkUwId5QLFi9eFVWM1pKLs1FCOJPgQBDrHya6HdC1MMLQm9W/o8.IKWD5GrvVMDT2FSDk8MeTzfy1'
  sed 's/:\*:/:x:/' "$root/usr/share/base-passwd/passwd.master" >"$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  echo 'sshd:x:105:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
  echo 'pi:x:1000:1000:,,,:/home/pi:/bin/bash' >>"$root/etc/passwd"
  echo 'pi:x:1000:' >>"$root/etc/group"
  awk -F: -v password="$password" \
    '{ print $1 ":" (($1 == "pi" || $1 == "root") ? password : "*") ":19000:0:99999:7:::" }' \
    "$root/etc/passwd" >"$root/etc/shadow"
  chmod 600 "$root/etc/shadow"
  # libpam-runtime writes these when it is installed.
  for module in auth account session password; do
    echo "$module required pam_unix.so" >"$root/etc/pam.d/common-$module"
  done
  printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
  echo raspberrypi >"$root/etc/hostname"
  echo '127.0.0.1 localhost raspberrypi' >"$root/etc/hosts"
  cp "$root/usr/share/base-files/profile" "$root/etc/profile"
  # A login shell on the console has the same environment as a session over SSH.
  echo '[ -r /run/vpi.env ] && . /run/vpi.env' >"$root/etc/profile.d/vpi.sh"
}

# What a Raspberry Pi 4 says of itself, for inside.sh to mount. ONNX Runtime reads /proc/cpuinfo and dies of a PC's.
write_identity() {
  local root=$1 identity=$1/vpi features architecture
  if [ "$what" = armhf ]; then
    architecture=7
    features='half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm crc32'
  else
    architecture=8
    features='fp asimd evtstrm crc32 cpuid'
  fi
  mkdir "$identity"
  local core
  for core in 0 1 2 3; do
    printf 'processor\t: %d\nBogoMIPS\t: 108.00\nFeatures\t: %s\nCPU implementer\t: 0x41\n' "$core" "$features"
    printf 'CPU architecture: %d\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n' "$architecture"
  done >"$identity/cpuinfo"
  printf 'Hardware\t: BCM2835\nRevision\t: c03114\nSerial\t\t: 10000000deadbeef\n' >>"$identity/cpuinfo"
  printf 'Model\t\t: Raspberry Pi 4 Model B Rev 1.4\n' >>"$identity/cpuinfo"
  printf 'Raspberry Pi 4 Model B Rev 1.4\0' >"$identity/model"
}

mkdir -p "$folder"
case $what in
  tools) make_tools ;;
  arm64 | armhf) make_root ;;
  *) echo "usage: make.sh tools|arm64|armhf FOLDER" >&2 && exit 2 ;;
esac
rm -rf "$apt" "$folder/apt.log"
