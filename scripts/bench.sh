#!/usr/bin/env bash
# Measures Millrace on this machine and writes build/bench/results.json; bench/README.md says how, and what for.
#
#   bench.sh [NAME...]       everything, or what begins with a NAME: rr. proxy. mem.bytes_per_pair ... (--list shows them)
#   bench.sh --quick         one short run of each
#   bench.sh --profile       cycles by stage of a worker's turn too, from a build that counts them
#   --runs N  --seconds S  --out DIR  --wire memif|virtio
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"
cd "$root_dir"

build=build-bench options=(-Dprofile=false)
for word in "$@"; do
  case $word in
    --profile) build=build-profile options=(-Dprofile=true) ;;
    --list | --self-test | -h | --help) exec python3 bench/run/main.py --build . "$@" ;;
  esac
done
need_root
scripts/setup.sh
configure "$build" g++ "${release[@]}" "${options[@]}"
compile "$build" programs bench-programs tests/sim/sim-recovery
exec setsid --wait python3 bench/run/main.py --build "$build" "$@"
