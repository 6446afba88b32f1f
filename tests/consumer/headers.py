#!/usr/bin/env python3
"""Compiles every installed header alone, with all warnings, as a consumer would: in C++20, and in C what is C too.

    headers.py ROOT...    where headers are looked for (lib, and the build's lib); exit code 1 if one does not compile
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
C_TOO = ("version.h", "base/export.h", "sockets.h")


def stage(roots, folder):
    """Writes the headers as they are installed; returns the names of those without DPDK, and of those that want it."""
    subprocess.run([SCRIPTS / "install_headers", folder, *roots], check=True)
    listed = subprocess.run([SCRIPTS / "install_headers", "--list", *roots], check=True, capture_output=True, text=True)
    lines = listed.stdout.splitlines()
    return [line[2:] for line in lines if line[0] != "!"], [line[2:] for line in lines if line[0] == "!"]


def dpdk_flags():
    """DPDK's, as a system's headers: they use what -Wpedantic forbids."""
    done = subprocess.run(["pkg-config", "--cflags", "libdpdk"], check=True, capture_output=True, text=True)
    return [flag.replace("-I", "-isystem", 1) if flag.startswith("-I") else flag for flag in done.stdout.split()]


def compile_alone(folder, name, command, suffix):
    """Includes it twice, so that it must guard itself. What the compiler says, empty if nothing."""
    source = folder / (name.replace("/", "-") + suffix)
    source.write_text(f"#include <millrace/{name}>\n#include <millrace/{name}>\nint not_empty;\n")
    done = subprocess.run([*command, *WARNINGS, "-I", folder, source], capture_output=True, text=True)
    return done.stderr if done.returncode == 0 else done.stderr or f"exit code {done.returncode}"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="millrace-headers-") as folder:
        folder = pathlib.Path(folder)
        names, with_dpdk = stage(sys.argv[1:], folder)
        cxx = [*os.environ.get("CXX", "c++").split(), "-std=c++20"]
        c = [*os.environ.get("CC", "cc").split(), "-std=c11"]
        jobs = [(name, cxx, ".cc") for name in names] + [(name, c, ".c") for name in names if name in C_TOO]
        jobs += [(name, [*cxx, *dpdk_flags()], ".cc") for name in with_dpdk]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(lambda job: compile_alone(folder, *job), jobs))
    failed = 0
    for (name, command, _), text in zip(jobs, said):
        if text:
            failed += 1
            print(f"millrace/{name} with {' '.join(command)}:\n{text}")
    print(f"{len(jobs) - failed} of {len(jobs)} compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
