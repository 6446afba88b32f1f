#!/usr/bin/env bash
# Breaks comparisons, bounds, conditions and assignments in the core rooms, one at a time, and sees whether the tests
# notice. Survivors are printed with their place and change.
#
#   mutate.sh [--count 200] [--seed 1] [--only 'lib/timer/*'] [--list]
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 scripts/mutate.py "$@"
