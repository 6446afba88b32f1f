#!/usr/bin/env python3
"""Builds the examples with CMake against the installed tree and plays the one that needs nothing.

    examples.py BUILD      exit code 1 if one of them does not do as it should

The programs are left in BUILD/examples, for the tests against Linux peers, and what they link in BUILD/installed.
"""

import pathlib
import shutil
import sys

import builds

EXAMPLES = builds.HERE.parent.parent / "apps" / "examples"
MOST_LINES = 120


def check_length():
    for source in EXAMPLES.glob("*.c*"):
        lines = len(source.read_text().splitlines())
        if lines >= MOST_LINES:
            raise builds.Failure(f"{source.name} has {lines} lines; an example has less than {MOST_LINES}")


def build_all(build):
    for name in ("examples", "installed"):
        shutil.rmtree(build / name, ignore_errors=True)
    (build / "installed").mkdir()
    installed = builds.install(build, build / "installed")
    out = build / "examples"
    builds.run(["cmake", "-S", EXAMPLES, "-B", out, f"-DCMAKE_PREFIX_PATH={installed}"])
    builds.run(["cmake", "--build", out])
    return out


def play(program):
    """Same seed, same bytes: the checksum over all frames says so."""
    checksums = [builds.run([program, seed]).splitlines()[-1] for seed in ("1", "1", "2")]
    if checksums[0] != checksums[1] or checksums[1] == checksums[2]:
        raise builds.Failure(f"pingpong: seeds 1, 1, 2 gave {checksums}")
    print("\n".join(checksums))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    check_length()
    play(build_all(pathlib.Path(sys.argv[1]).resolve()) / "pingpong")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except builds.Failure as failure:
        print(f"failed\n{failure}")
        sys.exit(1)
