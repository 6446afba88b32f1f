#!/usr/bin/env bash
# Breaks the source in small ways, one at a time, and sees whether the tests notice.
#
#   mutate.sh [--count 200] [--seed 1] [--only 'lib/timer/*'] [--list]   comparisons, bounds, conditions and assignments
#                                    of the core rooms; survivors are printed with their place and change
#   mutate.sh MUST-1 [SHLD-3 ...]    the mutations of tests/mutations.toml that break these requirements
#   mutate.sh --named                all of them
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1-} in
  --named | MUST-* | SHLD-* | REC-* | MAY-* | BODY-*) exec python3 scripts/named_mutations.py "$@" ;;
  *) exec python3 scripts/mutate.py "$@" ;;
esac
