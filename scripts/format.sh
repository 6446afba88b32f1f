#!/usr/bin/env bash
# Formats all C++ files in place; --check only says which ones are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=(-i)
case "${1:-}" in
  --check) mode=(--dry-run --Werror) ;;
  "") ;;
  *) echo "usage: format.sh [--check]" >&2; exit 2 ;;
esac

folders=()
for folder in lib apps tests bench; do
  if [[ -d $folder ]]; then folders+=("$folder"); fi
done
find "${folders[@]}" -type f \( -name '*.h' -o -name '*.cc' \) -print0 |
  xargs -0 -r -n 32 -P "$(nproc)" clang-format "${mode[@]}"
if [[ ${1:-} == --check ]]; then echo "format: in order"; fi
