#!/usr/bin/busybox sh
# /init of the emulated Raspberry Pi 3: mounts, modules, network, then busybox's init keeps login and sshd running.
b=/usr/bin/busybox
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mkdir -p /dev/pts /dev/shm
$b mount -t devpts devpts /dev/pts
$b mount -t tmpfs tmpfs /run
$b mkdir -p /run/sshd
$b hostname raspberrypi
# The board has no clock of its own, and no network to ask; a wrong one would only confuse whoever looks at files.
$b date -s "@$($b sed 's/.*board_time=\([0-9]*\).*/\1/' /proc/cmdline)" >/dev/null
for module in /modules/*.ko; do $b insmod "$module"; done
$b ip link set lo up
# Beside everything else: the network's adapter takes a while to be found, and the console need not wait for it.
(
  tries=0
  while [ ! -e /sys/class/net/usb0 ] && [ ! -e /sys/class/net/eth0 ] && [ $tries -lt 300 ]; do
    $b usleep 100000
    tries=$((tries + 1))
  done
  for adapter in usb0 eth0; do
    [ -e /sys/class/net/$adapter ] || continue
    $b ip link set $adapter up
    $b ip addr add 10.0.2.15/24 dev $adapter
  done
) &
echo 'export VPI=1' >/run/vpi.env
exec $b init
