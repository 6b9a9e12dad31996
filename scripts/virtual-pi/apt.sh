# Sourced: packages of Debian for any architecture, without the machine's apt and dpkg ever hearing of it. Wants $folder.
suite=bookworm
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
apt=$folder/.apt

# The mirror that this machine uses already, else Debian's own.
mirror=$(awk '/^URIs:.*\/debian\/?$/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
mirror=${mirror:-$(awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /\/debian\/?$/) { print $i; exit } }' \
  /etc/apt/sources.list 2>/dev/null || true)}
mirror=${mirror:-http://deb.debian.org/debian}

# apt with a tree and an architecture of its own: the machine's apt and dpkg never hear of it.
private_apt() {
  local architecture=$1
  mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial \
    "$apt"/etc/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d}
  : >"$apt/state/status"
  cat >"$apt/etc/sources.list.d/debian.sources" <<END
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Architectures: $architecture
Signed-By: $keyring
END
  cat >"$apt/apt.conf" <<END
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
Dir::Etc "$apt/etc";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
END
  # Proxy settings are wanted; docker's would delete what was downloaded.
  local setting
  for setting in /etc/apt/apt.conf.d/*; do
    case $setting in
      *docker* | *packagekit* | *appstream* | *debconf* | *autoremove* | *dep11*) ;;
      *) if [ -f "$setting" ]; then cp "$setting" "$apt/etc/apt.conf.d/"; fi ;;
    esac
  done
  export APT_CONFIG=$apt/apt.conf
  apt-get -q update >"$folder/apt.log" 2>&1 || fail 'apt-get update'
}

fail() {
  tail -n 3 "$folder/apt.log" >&2
  echo "$1 failed" >&2
  exit 1
}
