#!/usr/bin/env bash
# Builds and runs every test, and ends with "N passed, N failed".
#
#   test.sh          all suites with g++ and with clang++ under ASan and UBSan, the threaded ones under TSan, the
#                    simulations in their full sizes with optimised code, programs that embed the installed library,
#                    then interop against Linux with one and with two workers and over IPv6 (as root)
#   test.sh --fast   one compiler, no interop
#   test.sh --long   more seeds, longer fuzzing
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"
cd "$root_dir"

mode=normal
case "${1:-}" in
  --fast) mode=fast ;;
  --long) mode=long ;;
  "") ;;
  *) echo "usage: test.sh [--fast|--long]" >&2; exit 2 ;;
esac

scripts/setup.sh
out=build-test
mkdir -p "$out"
results=$out/results.jsonl
: >"$results"

[[ $mode == long ]] && export MILLRACE_SIM_SEEDS=${MILLRACE_SIM_SEEDS:-10000}
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
# Sanitizers slow programs down three to ten times; a timeout is there for what hangs.
timeout_factor=10
report() { python3 scripts/test_report.py "$@"; }
say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

# Unoptimised, with line tables only, several files at a time: compiling takes most of the time, running little.
debug=(--buildtype=debug -Ddebug=false -Dcpp_args=-g1 --unity=on --unity-size=12)

# suite ROW DIR CXX SUITES [meson options...]: builds what the suites need, and ${extra-}, and runs them.
suite() {
  local row=$1 dir=$2 cxx=$3 suites=$4 names targets
  shift 4
  say "$row: building"
  if ! configure "$dir" "$cxx" "$@"; then
    report case "$row" configure failed "meson setup failed: see $dir.log" "$results"
    return
  fi
  mapfile -t targets < <(report targets "$dir" "$suites")
  mapfile -t names < <(report names "$dir" "$suites")
  if [[ -z ${names[*]} ]]; then
    report case "$row" "nothing ran" failed "no test of suite $suites is registered" "$results"
    return
  fi
  if ! compile "$dir" ${extra-} "${targets[@]}"; then
    report case "$row" build failed "it does not compile: see $dir.log" "$results"
    return
  fi
  say "$row: running"
  rm -f "$dir"/meson-logs/testlog*
  # Without address randomisation, which TSan of these compilers does not stand on new kernels.
  setarch "$(uname -m)" -R meson test -C "$dir" --no-rebuild -t "$timeout_factor" "${names[@]}" \
    >"$dir.tests.log" 2>&1 </dev/null || true
  if [[ -s $dir/meson-logs/testlog.json ]]; then
    report collect "$row" "$dir" "$results"
  else
    report case "$row" "meson test" failed "$(tail -n 20 "$dir.tests.log")" "$results"
  fi
}

# instruction_counts DIR: the canonical paths of a release build, beside the baseline.
instruction_counts() {
  local dir=$1 row="instruction counts" text outcome=failed status=0
  say "$row"
  text=$(scripts/instr --build "$dir" 2>&1) || status=$?
  case $status in
    0) outcome=passed ;;
    77) outcome=skipped ;;
  esac
  printf '%s\n' "$text"
  report case "$row" "bench/instr" "$outcome" "$text" "$results"
}

# interop WORKERS FAMILY: the release build against Linux peers.
interop() {
  local workers=$1 family=$2 row="interop, workers: $1, IPv$2" junit=$out/interop-$1-ipv$2.xml
  say "$row"
  if [[ $(id -u) -ne 0 ]]; then
    report case "$row" interop skipped "needs root: network namespaces and TAP" "$results"
    return
  fi
  rm -f "$junit"
  python3 tests/interop/run.py --build "$out/release" --workers "$workers" --family "$family" --jobs 4 --junit "$junit" \
    </dev/null >"$out/interop-$1-ipv$2.log" 2>&1 || true
  if [[ -s $junit ]]; then
    report junit "$row" "$junit" "$results"
  else
    report case "$row" interop failed "it did not come to its end" "$results"
  fi
}

# long_fuzz DIR: each libFuzzer target for five minutes, from the committed corpus.
long_fuzz() {
  local dir=$1 target name found targets
  configure "$dir" clang++ -Dfuzzers=true -Doptimization=1
  mapfile -t targets < <(report fuzzers "$dir")
  if [[ -z ${targets[*]} ]]; then
    report case "fuzz, long" "nothing ran" failed "no libFuzzer program is there" "$results"
    return
  fi
  for target in "${targets[@]}"; do
    name=${target##*/fuzz-}
    say "fuzz for five minutes: $name"
    found=$dir/found-$name
    mkdir -p "$found"
    if compile "$dir" "$target" && "$dir/$target" -max_total_time=300 -artifact_prefix="$found/" "$found" \
      "tests/fuzz/corpus/${name//-/_}" >"$dir.fuzz-$name.log" 2>&1 </dev/null; then
      report case "fuzz, long" "$name" passed "" "$results"
    else
      report case "fuzz, long" "$name" failed "$(tail -n 50 "$dir.fuzz-$name.log")" "$results"
    fi
  done
}

for check in scripts/{check_layers,check_docs,requirements,matrix,scenarios,install_headers,reference,compare_linux,instr,bench.sh} tests/consumer/exports.py; do
  if text=$($check --self-test 2>&1); then outcome=passed; else outcome=failed; fi
  report case "the checks can fail" "${check##*/}" $outcome "$text" "$results"
done
all=unit,segment,sim,threads,fuzz,conformance
suite "g++, ASan and UBSan" "$out/gcc" g++ $all "${debug[@]}" -Db_sanitize=address,undefined
if [[ $mode != fast ]]; then
  # What another compiler may do differently shows in few worlds.
  MILLRACE_SIM_SEEDS=100 extra=programs suite "clang++, ASan and UBSan" "$out/clang" clang++ $all "${debug[@]}" \
    -Db_sanitize=address,undefined -Db_lundef=false
  if [[ $mode == long ]]; then long_fuzz "$out/clang"; fi
fi
suite "g++, TSan: threads" "$out/tsan" g++ threads "${debug[@]}" -Db_sanitize=thread
if [[ $mode != fast ]]; then
  extra="programs bench-programs" suite "g++, release: simulations in full" "$out/release" g++ sim "${release[@]}"
  instruction_counts "$out/release"
  suite "installed library: headers, symbols, consumers" "$out/release" g++ consumer "${release[@]}"
  if [[ -x $out/release/apps/millrace-proxy/millrace-proxy ]]; then
    interop 1 4
    interop 2 4
    interop 1 6
  fi
fi

for listing in matrix scenarios; do
  if text=$(scripts/$listing --figures); then outcome=passed; else outcome=failed; fi
  report case "nothing is missing" $listing $outcome "$text" "$results"
  printf '%s\n' "${text##*$'\n'}"
done
say "done"
report table "$results"
