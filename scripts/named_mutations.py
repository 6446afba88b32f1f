"""Shows that tags are earned: breaks a requirement's rule and sees that a test tagged with it notices. See mutate.sh.

The tests tagged with a requirement must pass in a copy of the tree as it is. Then each of its mutations
(tests/mutations.toml) is made in the copy, what it touches is built again, and one of these tests must fail. A mutation
that does not compile proves nothing and counts as a failure; so does a test that does not exist.
"""

import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

import mutate
import test_tags

ROOT = test_tags.ROOT
TIMEOUT = 120


def named(wanted):
    mutations = tomllib.loads((ROOT / "tests/mutations.toml").read_text())["mutation"]
    return [mutation for mutation in mutations if not wanted or set(wanted) & set(mutation["breaks"])]


def proofs(name):
    tests, breaks = test_tags.read_all()
    if breaks:
        sys.exit("\n".join(breaks))
    return [test for test in tests if name in test.proves and not test.is_python]


def program_of(yard, tag):
    return next((test for test in yard.tests if tag.path in test.sources), None)


def passes(yard, tag):
    """True when the tagged test ran and passed."""
    program = program_of(yard, tag)
    if program is None:
        sys.exit(f"mutate: no program has {tag.path}")
    chosen = f"--gtest_filter={tag.title}:*/{tag.title}/*:{tag.title}/*"
    env = {**os.environ, **program.env, "MILLRACE_SIM_SEEDS": "20"}
    process = subprocess.Popen([*program.command, chosen], cwd=program.workdir, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        out, _ = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return False
    return process.returncode == 0 and re.search(rb"\[  PASSED  \] [1-9]", out) is not None


def earn(yard, mutation, tags):
    """(requirement, what came of it, by whom) of each requirement that the mutation breaks."""
    path = yard.tree / mutation["file"]
    text = path.read_text()
    path.write_text(text.replace(mutation["old"], mutation["new"], 1))
    try:
        programs = {program_of(yard, tag).target for name in mutation["breaks"] for tag in tags[name]}
        built = yard.compile(programs)
        for name in mutation["breaks"]:
            by = next((tag for tag in tags[name] if built and not passes(yard, tag)), None)
            yield name, "noticed" if by else "survived" if built else "not compiling", by
    finally:
        path.write_text(text)


def main():
    wanted = [name for name in sys.argv[1:] if name != "--named"]
    mutations = named(wanted)
    names = [name for mutation in mutations for name in mutation["breaks"]]
    if missing := set(wanted) - set(names):
        sys.exit(f"mutate: tests/mutations.toml has nothing that breaks {', '.join(sorted(missing))}")
    tags = {name: proofs(name) for name in names}
    sources = {tag.path for found in tags.values() for tag in found}
    for name in names:
        if not tags[name]:
            sys.exit(f"mutate: no test proves {name}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    start = time.monotonic()
    counts = {"noticed": 0, "survived": 0, "not compiling": 0}
    with tempfile.TemporaryDirectory(prefix="millrace-mutate-") as folder:
        yard = mutate.Yard(pathlib.Path(folder), lambda source: source in sources)
        for tag in sorted({tag for found in tags.values() for tag in found}, key=lambda tag: tag.title):
            if not passes(yard, tag):
                sys.exit(f"mutate: {tag.title} fails, or does not exist, on the unchanged tree")
        print(f"mutate: {len(mutations)} mutations; their tests pass on the unchanged tree", flush=True)
        for mutation in mutations:
            for name, outcome, by in earn(yard, mutation, tags):
                counts[outcome] += 1
                print(f"{name:<8} {outcome:<13} {mutation['file']}{': ' + by.title if by else ''}", flush=True)
    print(f"{counts['noticed']} of {sum(counts.values())} breaks of requirements noticed, {counts['survived']} not, "
          f"{counts['not compiling']} did not compile ({time.monotonic() - start:.0f} s)")
    return 0 if counts["noticed"] == sum(counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
