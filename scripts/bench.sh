#!/usr/bin/env bash
# Measures Millrace on this machine and writes build/bench/results.json; bench/README.md says how, and what for.
#
#   bench.sh [NAME...]       everything, or what begins with a NAME: rr. proxy. mem.bytes_per_pair ... (--list shows them)
#   bench.sh --quick         one short run of each
#   bench.sh --profile       cycles by stage of a worker's turn too, from a build that counts them
#   bench.sh --peer haproxy|nginx   what Millrace's proxy costs beside that one on the kernel's TCP; installs it if need be
#   --runs N  --seconds S  --out DIR  --wire virtio|memif
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"
cd "$root_dir"

# As README recommends for a machine that is to be fast.
fast=(-Dmachine=native -Db_lto=true)
build=build-fast options=(-Dprofile=false "${fast[@]}") peer=() before=
for word in "$@"; do
  if [[ $before == --peer ]]; then peer=(--peer "$word"); fi
  before=$word
  case $word in
    --profile) build=build-profile options=(-Dprofile=true "${fast[@]}") ;;
    --peer=*) peer=(--peer "${word#--peer=}") ;;
    --list | --self-test | -h | --help) exec python3 bench/run/main.py --build . "$@" ;;
  esac
done
need_root
scripts/setup.sh "${peer[@]}"
targets=(programs bench-programs tests/sim/sim-recovery)
if [[ ${#peer[@]} -gt 0 ]]; then
  targets=(apps/millrace-proxy/millrace-proxy bench/{gaps/bench-gaps,pairs/bench-pairs,peer/kernel-pairs})
fi
configure "$build" g++ "${release[@]}" "${options[@]}"
compile "$build" "${targets[@]}"

# A session of its own, which no key of the terminal reaches: what ends this script ends the benches, and they clean up.
setsid python3 bench/run/main.py --build "$build" "$@" &
benches=$! status=0
trap 'kill "$benches" 2>/dev/null || true' INT TERM HUP
while :; do
  status=0
  wait "$benches" || status=$?
  kill -0 "$benches" 2>/dev/null || break
done
exit "$status"
