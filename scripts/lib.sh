# shellcheck shell=bash
# What the scripts share. Source it after `set -euo pipefail`.

root_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

need_root() {
  [[ $(id -u) -eq 0 ]] || die "needs root (network namespaces and TAP): sudo $0"
}

# One cache for every clone: paths below the root count as relative.
export CCACHE_BASEDIR=$root_dir CCACHE_NOHASHDIR=1

# configure DIR CXX [meson options...]: sets up a build directory, or brings an old one up to date.
configure() {
  local dir=$1 cxx=$2
  shift 2
  if [[ ! -f $dir/build.ninja ]]; then
    rm -rf "$dir"
    mkdir -p "$(dirname "$dir")"
    CXX="ccache $cxx" meson setup "$dir" "$root_dir" "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
  else
    # What is introspected next shall know the new options: ninja would see to it later only.
    meson configure "$dir" "$@" >/dev/null && ninja -C "$dir" build.ninja >"$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
  fi
}

# compile DIR [targets...]: quiet unless it fails.
compile() {
  local dir=$1 log=$1.log
  shift
  ninja -C "$dir" "$@" >"$log" 2>&1 || { grep -vE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 100 >&2; return 1; }
}

# The programs as users get them.
release=(--buildtype=release --unity=on --unity-size=12)

# build_release DIR
build_release() {
  configure "$1" g++ "${release[@]}" && compile "$1" programs
}

# await SECONDS TEXT COMMAND...: waits until the command is true.
await() {
  local tries=$(($1 * 20)) text=$2
  shift 2
  until "$@"; do
    tries=$((tries - 1))
    [[ $tries -gt 0 ]] || die "gave up waiting: $text"
    sleep 0.05
  done
}

# adopt_tap INTERFACE NAMESPACE MAC ADDRESS: gives the kernel side of a net_tap port to a namespace. Moving sets it
# down, and it carries the port's own MAC until it gets another one.
adopt_tap() {
  ip link set "$1" netns "$2"
  ip -n "$2" link set "$1" address "$3"
  ip -n "$2" addr add "$4" dev "$1"
  ip -n "$2" link set "$1" up
}
