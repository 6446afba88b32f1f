#!/usr/bin/env python3
"""Looks whether libmillrace.so has every function that its headers declare, and that clang can read them.

    exports.py LIBRARY ROOT...    ROOT...: where headers are looked for (lib, and the build's lib)
    exports.py --self-test        plants a function that is hidden and sees that it is found

A function is meant to be in the library when no header has its body. Prints those that are not there (MILLRACE_API in
base/export.h is what they lack); exit code 1 if there is one.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import headers

FUNCTIONS = {"FunctionDecl", "CXXMethodDecl", "CXXConstructorDecl", "CXXDestructorDecl", "CXXConversionDecl"}
TEMPLATES = {"ClassTemplateDecl", "FunctionTemplateDecl", "ClassTemplatePartialSpecializationDecl"}
# What the compiler makes or nobody does.
ELSEWHERE = ("isImplicit", "explicitlyDeleted", "explicitlyDefaulted", "pure")
# Parts of the qualified names that our declarations have: the namespace, and the prefix of the C functions.
OURS = ("millrace", "mr_")


def declarations(folder, names, flags):
    """The syntax trees of our declarations in these headers."""
    source = folder / "all.cc"
    source.write_text("".join(f"#include <millrace/{name}>\n" for name in names))
    for word in OURS:
        done = subprocess.run(["clang++", "-std=c++20", *headers.WARNINGS, "-I", folder, *flags, source,
                               "-Xclang", "-ast-dump=json", "-Xclang", f"-ast-dump-filter={word}"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"clang++ does not take the headers:\n{done.stderr}")
        yield from documents(done.stdout)


def documents(text):
    """JSON documents, one after the other."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        tree, at = decoder.raw_decode(text, at)
        yield tree
        at = text.find("{", at)


def functions(tree, scope=""):
    """(mangled name, name for people, has a body) of each function that is no template and not made by the compiler."""
    kind, name = tree.get("kind"), tree.get("name", "")
    if kind in TEMPLATES or any(tree.get(mark) for mark in ELSEWHERE):
        return
    inner = tree.get("inner", ())
    if kind in FUNCTIONS and "mangledName" in tree:
        yield tree["mangledName"], scope + name, any(part.get("kind") == "CompoundStmt" for part in inner)
        return
    for part in inner:
        yield from functions(part, f"{scope}{name}::" if name else scope)


def declared(folder, names, flags):
    """Mangled name to name for people, of functions without a body."""
    found, bodies = {}, set()
    for tree in declarations(folder, names, flags):
        for mangled, name, has_body in functions(tree):
            found[mangled] = name
            if has_body:
                bodies.add(mangled)
    return {mangled: name for mangled, name in found.items() if mangled not in bodies}


def exported(library):
    done = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    return {line.split()[-1] for line in done.stdout.splitlines()}


def missing(folder, names, library, flags=()):
    """(how many functions are declared, those of them that the library does not show)"""
    wanted = declared(folder, names, flags)
    there = exported(library)
    return len(wanted), sorted(name for mangled, name in wanted.items() if mangled not in there)


HEADER = """#pragma once
#define MILLRACE_API __attribute__((visibility("default")))
namespace millrace {
inline int body() { return 1; }
template <class T> int of_template(T) noexcept;
struct MILLRACE_API Shown { Shown(); ~Shown(); int member() const; Shown(const Shown&) = delete; static int later(); };
struct Pure { virtual int nowhere() = 0; };
inline int Shown::later() { return 2; }
struct Part { MILLRACE_API int shown(); int hidden(); };
MILLRACE_API int shown();
int hidden();
}
extern "C" MILLRACE_API int mr_shown(void);
extern "C" int mr_hidden(void);
"""
SOURCE = """#include <millrace/a.h>
namespace millrace {
Shown::Shown() {}
Shown::~Shown() {}
int Shown::member() const { return 3; }
int Part::shown() { return 4; }
int Part::hidden() { return 5; }
int shown() { return 6; }
int hidden() { return 7; }
}
int mr_shown(void) { return 8; }
int mr_hidden(void) { return 9; }
"""


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "millrace").mkdir()
        (folder / "millrace/a.h").write_text(HEADER)
        (folder / "a.cc").write_text(SOURCE)
        subprocess.run(["c++", "-std=c++20", "-shared", "-fPIC", "-fvisibility=hidden", "-I", folder, folder / "a.cc",
                        "-o", folder / "a.so"], check=True)
        found = missing(folder, ["a.h"], folder / "a.so")
    good = found == (9, ["millrace::Part::hidden", "millrace::hidden", "mr_hidden"])
    print("exports.py --self-test: as expected" if good else f"exports.py --self-test: found {found}")
    return 0 if good else 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="millrace-exports-") as folder:
        folder = pathlib.Path(folder)
        names, with_dpdk = headers.stage(sys.argv[2:], folder)
        count, absent = missing(folder, names + with_dpdk, sys.argv[1], headers.dpdk_flags())
    for name in absent:
        print(f"declared, but not in the library: {name}")
    print(f"{count - len(absent)} of {count} declared functions are in the library")
    return 1 if absent or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
