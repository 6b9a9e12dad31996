/**
 * One POSIX sh command line that a board answers with `splitbench:key=value` lines: what it is, and what of ours it has.
 * Works with dash and BusyBox; what a board does not tell is an empty value. Read by `parseProbe`.
 */
export const probeScript = String.raw`
LC_ALL=C; export LC_ALL
say() { printf 'splitbench:%s=%s\n' "$1" "$2"; }
first() { for file in "$@"; do if [ -r "$file" ]; then tr -d '\000' <"$file" | head -n 1; return; fi; done; }
say system "$(uname -s)"
say machine "$(uname -m)"
say kernel "$(uname -r)"
say bits "$(getconf LONG_BIT)"
say libc "$(getconf GNU_LIBC_VERSION || ldd --version 2>&1 | head -n 1)"
say board "$(first /sys/firmware/devicetree/base/model /proc/device-tree/model)"
say compatible "$([ -r /sys/firmware/devicetree/base/compatible ] && tr '\000' ' ' </sys/firmware/devicetree/base/compatible)"
say maker "$(first /sys/class/dmi/id/sys_vendor)"
say product "$(first /sys/class/dmi/id/product_name)"
say os "$(. /etc/os-release && printf %s "$PRETTY_NAME")"
say cores "$(nproc || getconf _NPROCESSORS_ONLN || grep -c '^processor' /proc/cpuinfo)"
say memoryKb "$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)"
say cpuName "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)"
say cpuPart "$(sed -n 's/^CPU part[^:]*: *//p' /proc/cpuinfo | head -n 1)"
say cpuVendor "$(sed -n 's/^vendor_id[^:]*: *//p' /proc/cpuinfo | head -n 1)"
say freeKb "$(df -Pk "$HOME" | { read -r header; read -r device total used free rest; printf %s "$free"; })"
say clockKhz "$(first /sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq)"
say firmwareClock "$(vcgencmd measure_clock arm)"
say cpuMhz "$(sed -n 's/^cpu MHz[^:]*: *//p' /proc/cpuinfo | head -n 1)"
say governor "$(first /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)"
say throttled "$(vcgencmd get_throttled || first /sys/devices/platform/soc/soc:firmware/get_throttled)"
say load "$(first /proc/loadavg)"
for zone in /sys/class/thermal/thermal_zone*; do [ -r "$zone/temp" ] && say zone "$(first "$zone/type"):$(first "$zone/temp")"; done
say emulated "$VPI"
cd "$HOME/.splitbench" && {
for ready in runtime/*/ready coders/*/ready agent/*/ready; do [ -e "$ready" ] && say has "$(dirname "$ready")"; done
for part in incoming/*.tgz.part incoming/*.tgz; do [ -e "$part" ] && say part "$(wc -c <"$part") $part"; done
}
say end 1
`.trim()
