#!/bin/bash
# make.sh FOLDER: what an emulated Raspberry Pi 3 is made of besides a root file system, from Debian's mirror only, root
# or not: qemu-system-aarch64 with its libraries, Debian's arm64 kernel with the board's device tree and the modules of
# its USB network, and busybox to start with. Nothing outside FOLDER is touched.
set -euo pipefail
folder=$(realpath -m "$1")
. "$(dirname "$(realpath "$0")")/../virtual-pi/apt.sh"

# In the order in which they are loaded: each after what it needs. The board's network is behind its USB.
modules=(usb/common/usb-common usb/core/usbcore usb/roles/roles usb/gadget/udc/udc-core usb/dwc2/dwc2
  usb/phy/phy-generic net/mii net/usb/usbnet net/usb/cdc_ether net/usb/cdc_subset net/usb/rndis_host
  char/hw_random/bcm2835-rng)

unpack() {
  local package
  for package in "$@"; do dpkg-deb --extract "$package" "$apt/unpacked"; done
}

make_qemu() {
  private_apt "$(dpkg --print-architecture)"
  apt-get -q -y --no-install-recommends --download-only install qemu-system-arm >>"$folder/apt.log" 2>&1 ||
    fail 'apt-get install --download-only'
  unpack "$apt"/cache/archives/*.deb
  mkdir -p "$folder/qemu/lib"
  cp "$apt/unpacked/usr/bin/qemu-system-aarch64" "$folder/qemu/"
  # The C library and the loader have to be of one piece: the machine's.
  find "$apt/unpacked" -path '*-linux-gnu/*' -name 'lib*.so.*' ! -name 'libc.so.*' ! -name 'libm.so.*' \
    ! -name 'libpthread*' ! -name 'libdl*' ! -name 'librt*' ! -name 'libresolv*' ! -name 'libnss_*' ! -name 'libanl*' \
    ! -name 'libutil*' ! -name 'libmvec*' -exec cp -L {} "$folder/qemu/lib/" \;
  rm -rf "$apt"
}

make_board() {
  private_apt arm64
  local kernel
  kernel=$(apt-cache depends linux-image-arm64 | awk '$1 == "Depends:" { print $2; exit }')
  (cd "$apt/cache" && apt-get -q download "$kernel" busybox-static >>"$folder/apt.log" 2>&1) || fail 'apt-get download'
  unpack "$apt"/cache/*.deb
  cp "$apt"/unpacked/boot/vmlinuz-* "$folder/kernel"
  cp "$apt"/unpacked/bin/busybox "$folder/busybox"
  mkdir "$folder/modules"
  local module number=10
  for module in "${modules[@]}"; do
    cp "$apt"/unpacked/lib/modules/*/kernel/drivers/"$module.ko" "$folder/modules/$number-${module##*/}.ko"
    number=$((number + 1))
  done
  # The board says what it is: nobody may take it for a real one. The name keeps its length, as the tree is binary.
  sed 's/Raspberry Pi 3 Model B\x00/QEMU raspi3b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00/' \
    "$apt"/unpacked/usr/lib/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb >"$folder/board.dtb"
  grep -q 'QEMU raspi3b' "$folder/board.dtb" || fail 'naming the board'
}

mkdir -p "$folder"
make_qemu
make_board
rm -rf "$apt" "$folder/apt.log"
