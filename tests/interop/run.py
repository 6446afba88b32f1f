#!/usr/bin/env python3
"""Runs the interop tests: real Linux peers in network namespaces against the Millrace programs over TAP.

    run.py --build build --workers 2 --family 6 [names...]     names: a subject ("http") or a test ("http.keep_alive")

Every module test_SUBJECT.py holds functions test_NAME(world); each gets fresh namespaces. Most of them wait most of the
time, so several run at once (--jobs), each in a process of its own; those marked @alone run by themselves, at the end.
Needs root, no hugepages.
"""

import argparse
import concurrent.futures
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import time
import traceback
import xml.etree.ElementTree as xml

import harness

HERE = pathlib.Path(__file__).resolve().parent


def find_tests(names):
    tests = []
    for path in sorted(HERE.glob("test_*.py")):
        subject = path.stem.removeprefix("test_")
        module = importlib.import_module(path.stem)
        for name, function in vars(module).items():
            if name.startswith("test_") and callable(function):
                full = f"{subject}.{name.removeprefix('test_')}"
                if not names or subject in names or full in names:
                    tests.append((full, function))
    return tests


def run_test(function, build, workers):
    """None, or why it failed."""
    world = None
    try:
        world = harness.World(build, workers)
        function(world)
        world.close()
        return None
    except Exception as error:
        text = str(error) if isinstance(error, harness.Failure) else traceback.format_exc()
        if world:
            text += "\n" + world.logs()
        return text
    finally:
        if world:
            world.close(judge=False)


def run_one(full, function, build, workers):
    start = time.monotonic()
    why = run_test(function, build, workers)
    return full, why, time.monotonic() - start


def say(result):
    name, why, seconds = result
    print(f"{'FAIL' if why is not None else 'ok  '} {name} ({seconds:.1f} s)", flush=True)
    if why is not None:
        print("    " + why.rstrip().replace("\n", "\n    "), flush=True)
    return result


def run_apart(full, args):
    """The same in a process of its own."""
    start = time.monotonic()
    command = [sys.executable, __file__, "--build", args.build, "--workers", args.workers, "--family", args.family, full]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          preexec_fn=harness.die_with_parent)
    return full, None if done.returncode == 0 else done.stdout.decode(errors="replace"), time.monotonic() - start


def run_all(tests, args):
    """(name, None or why it failed, seconds) of each."""
    together = [test for test in tests if args.jobs > 1 and not getattr(test[1], "alone", False)]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = [say(result) for result in pool.map(lambda test: run_apart(test[0], args), together)]
    return results + [say(run_one(*test, args.build, args.workers)) for test in tests if test not in together]


def write_junit(path, suite, results):
    root = xml.Element("testsuites")
    element = xml.SubElement(root, "testsuite", name=suite, tests=str(len(results)))
    for name, why, seconds in results:
        case = xml.SubElement(element, "testcase", classname=suite, name=name, time=f"{seconds:.3f}")
        if why is not None:
            xml.SubElement(case, "failure", message=why.splitlines()[0] if why else "").text = why
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="meson's build directory")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--family", type=int, choices=(4, 6), default=4, help="IP version of the connections")
    parser.add_argument("--jobs", type=int, default=1, help="tests at once")
    parser.add_argument("--junit", help="write the results to this file too")
    parser.add_argument("--list", action="store_true", help="only print the names")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def main():
    args = arguments()
    harness.use_family(args.family)
    tests = find_tests(args.names)
    if args.list:
        print("\n".join(name for name, _ in tests))
        return 0
    if os.geteuid() != 0:
        sys.exit("run.py: needs root (network namespaces and TAP)")
    if not tests:
        sys.exit(f"run.py: no test is called {' '.join(args.names)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    harness.allow_many_files()
    results = run_all(tests, args)
    failed = sum(why is not None for _, why, _ in results)
    if args.junit:
        write_junit(args.junit, f"interop-{args.workers}-ipv{args.family}", results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
