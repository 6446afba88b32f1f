#!/usr/bin/env bash
# Installs what Millrace needs on Debian 12: tools and libraries of the build, and the peers of the interop tests.
# Quiet and instant when everything is there. Starts no service.
#
#   setup.sh --peer haproxy|nginx    also the proxy that scripts/bench.sh --peer measures
set -euo pipefail

packages=(
  # build
  g++ clang meson ninja-build pkg-config ccache
  # libraries (libdpdk-dev brings every driver, net_tap and net_ring included)
  libdpdk-dev libfmt-dev libboost-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev libgtest-dev libbenchmark-dev
  # sanitizers and fuzzing by clang, checks
  libclang-rt-dev llvm clang-format clang-tidy git
  # instruction counts
  valgrind
  # a consumer of the installed library, reference documentation
  cmake doxygen
  # interop tests and demo
  python3 nginx-light iperf3 tcpdump ethtool iproute2 procps curl openssl redis-server redis-tools wrk
)

case "${*:-}" in
  "") ;;
  "--peer haproxy") packages+=(haproxy) ;;
  "--peer nginx") packages+=(libnginx-mod-stream) ;;
  *)
    echo "setup.sh: unknown: $*" >&2
    exit 2
    ;;
esac

missing=()
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
for package in "${packages[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ $(id -u) -eq 0 ]]; then
  sudo=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  sudo=(sudo -n)
else
  echo "setup.sh: these packages are missing, and installing them needs root: ${missing[*]}" >&2
  echo "setup.sh: run it as root, or: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi

# While policy-rc.d answers 101, packages start no service (nginx would take port 80). What was there comes back.
policy=/usr/sbin/policy-rc.d
saved=$policy.before-millrace
restore() {
  "${sudo[@]}" rm -f "$policy"
  if [[ -e $saved ]]; then "${sudo[@]}" mv "$saved" "$policy"; fi
}
trap restore EXIT
[[ -e $policy && ! -e $saved ]] && "${sudo[@]}" mv "$policy" "$saved"
printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
"${sudo[@]}" chmod 755 "$policy"

log=$(mktemp)
quietly() {
  if ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "setup.sh: failed: $*" >&2
    exit 1
  fi
}
echo "setup.sh: installing ${missing[*]}"
quietly apt-get -o DPkg::Lock::Timeout=300 update
quietly apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
rm -f "$log"

# Nor do services start at the next boot, if they came just now.
command -v systemctl >/dev/null || exit 0
for service in nginx:nginx-light redis-server:redis-server haproxy:haproxy; do
  if [[ " ${missing[*]} " == *" ${service#*:} "* ]]; then
    "${sudo[@]}" systemctl disable "${service%:*}" >/dev/null 2>&1 || true
  fi
done
