#!/usr/bin/env python3
"""Installs libmillrace from a build directory and has a project outside the tree build and run against it.

    builds.py BUILD      with pkg-config and with CMake, shared and static; exit code 1 if one of them fails

The tree is installed to one place and moved to another: nothing in it may remember where it was.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    pass


def run(command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **more)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


class Consumer:
    """The project, copied away from the tree, and the installed tree that it may use."""

    def __init__(self, build, folder):
        self.installed = install(build, folder)
        self.source = folder / "source"
        self.source.mkdir()
        for name in ("main.cc", "CMakeLists.txt"):
            shutil.copy(HERE / name, self.source)
        self.libdir = next(self.installed.rglob("libmillrace.so")).parent
        self.compiler = os.environ.get("CXX", "c++").split()

    def with_pkg_config(self, package):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.libdir / "pkgconfig")}
        flags = run(["pkg-config", "--cflags", "--libs", package], env=environment).split()
        if any("dpdk" in flag or flag.startswith(("-march", "-include")) for flag in flags):
            raise Failure(f"pkg-config {package} shows DPDK: {flags}")
        program = self.source / package
        run([*self.compiler, "-std=c++20", self.source / "main.cc", "-o", program, *flags])
        return program

    def with_cmake(self, target):
        folder = self.source / "build"
        if not folder.exists():
            run(["cmake", "-S", self.source, "-B", folder, f"-DCMAKE_PREFIX_PATH={self.installed}"])
        run(["cmake", "--build", folder, "--target", target])
        return folder / target

    def check(self, program, shared):
        """It runs, and it is linked as it should be."""
        linked = "libmillrace.so" in run(["readelf", "-d", program])
        if linked != shared:
            raise Failure(f"{program.name} is linked {'dynamically' if linked else 'statically'}")
        print(run([program], env={**os.environ, "LD_LIBRARY_PATH": str(self.libdir)}).strip())


def install(build, folder):
    """Returns the prefix of the installed tree."""
    run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", folder / "staged"])
    prefix = next((folder / "staged").rglob("include")).parent
    return prefix.rename(folder / "moved")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="millrace-consumer-") as folder:
        consumer = Consumer(pathlib.Path(sys.argv[1]), pathlib.Path(folder))
        variants = [("pkg-config, shared", lambda: consumer.with_pkg_config("millrace"), True),
                    ("pkg-config, static", lambda: consumer.with_pkg_config("millrace-static"), False),
                    ("CMake, shared", lambda: consumer.with_cmake("consumer-shared"), True),
                    ("CMake, static", lambda: consumer.with_cmake("consumer-static"), False)]
        for name, build, shared in variants:
            print(f"{name}: ", end="", flush=True)
            consumer.check(build(), shared)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"failed\n{failure}")
        sys.exit(1)
