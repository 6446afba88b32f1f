"""Mutation testing of the core rooms. See mutate.sh.

A mutant is one small change in one file. It is built in a copy of the tree and the tests run in the order of
relevance: unit tests of the file's room, then segment, then sim, then the other unit tests. The first that fails
kills it; so does a hang or a crash. What does not compile is not counted. Mutants of one file run one after another,
so that each costs one object and the links of the tests it survives. A header is compiled into every test anew, so its
mutants meet only the tests of their own room, segment and sim: what survives these counts as alive.
"""

import argparse
import concurrent.futures
import dataclasses
import difflib
import fnmatch
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import cpp_text

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("tcp", "flow", "timer")
JOBS = 2
SUITE_ORDER = ("unit", "segment", "sim")
MEMORY_LIMIT = 2 << 30


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    start: int
    end: int
    new: str
    kind: str


# Finding mutants. All of it works on text in which comments, strings and excluded parts are blanks, so offsets hold.

_SKIPPED_CALL = re.compile(r"\b(?:static_assert|MILLRACE_\w+|alignas|log_\w+|log::\w+|fmt::\w+|LOG_\w+)\s*\(")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]", re.S)

_FLIPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+",
          "+=": "-=", "-=": "+="}
# clang-format sets binary operators between blanks, and templates, references and operator names not.
_OPERATOR = re.compile(r"(?<=\s)(?:<=|>=|==|!=|&&|\|\||\+=|-=|<|>|\+|-)(?=\s)")
_NUMBER = re.compile(r"(?<![\w.'])(0[xX][0-9a-fA-F']+|0[bB][01']+|\d[\d']*)([uUlLzZ]*)(?![\w.'])")
_CONDITION = re.compile(r"\b(?:if|while)\s*\(")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def _closing(text, opening):
    """The offset of the bracket that closes the one at `opening`."""
    pairs, depth = {"(": ")", "[": "]", "{": "}"}, []
    for at in range(opening, len(text)):
        if text[at] in pairs:
            depth.append(pairs[text[at]])
        elif depth and text[at] == depth[-1]:
            depth.pop()
            if not depth:
                return at
    return len(text) - 1


def mutable_text(text):
    code = cpp_text.code_only(text)
    code = _DIRECTIVE.sub(lambda m: _blank(m.group()), code)
    code = _ATTRIBUTE.sub(lambda m: _blank(m.group()), code)
    while match := _SKIPPED_CALL.search(code):
        end = _closing(code, match.end() - 1) + 1
        code = code[:match.start()] + _blank(code[match.start():end]) + code[end:]
    return code


def operator_mutants(code):
    for match in _OPERATOR.finditer(code):
        before = code[:match.start()].rstrip()
        if before.endswith("operator") or before.endswith("template") or not before or before[-1] in "(,=<{;&|+-":
            continue
        yield match.start(), match.end(), _FLIPS[match.group()], "operator"


def number_mutants(code):
    for match in _NUMBER.finditer(code):
        line_start = code.rfind("\n", 0, match.start()) + 1
        before = code[line_start:match.start()]
        # Sizes in types are not bounds of the code: std::array<T, 4>, bit fields.
        if re.search(r"<[^<>()]*$", before) and not re.search(r"<[=\s<][^<>]*$", before):
            continue
        if re.search(r"\b\w+\s+\w+\s+:\s*$", before):
            continue
        # Nor are distances of shifts and the constants of hashes.
        if before.rstrip().endswith((">>", "<<")) or len(match.group(1).replace("'", "")) > 10:
            continue
        value = int(match.group(1).replace("'", ""), 0)
        if value + 1 not in (1 << 16, 1 << 32):  # it would not fit its type
            yield match.start(), match.end(), f"{value + 1}{match.group(2)}", "bound"
        if value > 0:
            yield match.start(), match.end(), f"{value - 1}{match.group(2)}", "bound"


def condition_mutants(code):
    for match in _CONDITION.finditer(code):
        opening = match.end() - 1
        closing = _closing(code, opening)
        inner = code[opening + 1:closing]
        start = opening + 1 + inner.rfind(";") + 1 if ";" in inner and "{" not in inner else opening + 1
        while code[start].isspace():
            start += 1
        # A condition that declares a variable cannot be negated as it stands.
        if not re.match(r"(?:const\s+)?auto\b|[\w:]+[*&]?\s+\*?\w+\s*=[^=]", code[start:closing]):
            yield start, closing, None, "condition"


_STEP = re.compile(r"(?:\+\+|--)[\w.\->\[\]()]+$|[\w.\->\[\]()]+(?:\+\+|--)$")
_ASSIGN = re.compile(r"^(?P<left>[^=!<>]*?[\w\])])\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)")


def _is_assignment(statement):
    if _STEP.fullmatch(statement):
        return True
    match = _ASSIGN.match(statement)
    if not match or re.search(r"[{};]", match.group("left")) or statement.startswith(("return", "using", "auto", "const", "static", "constexpr", ".", "case")):
        return False
    left = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", match.group("left").replace("->", "."))
    # Two words side by side, or a type's mark between them, make it a declaration.
    return not re.search(r"\w\s+\w|\w\s*[&*>]\s*\w|\w[&*]+\s", left)


def assignment_mutants(code):
    for match in re.finditer(r"[;{})](?=\s)|\belse\b|:\s*$", code, re.M):
        start = match.end()
        while start < len(code) and code[start].isspace():
            start += 1
        depth = 0
        for at in range(start, len(code)):
            if code[at] in "([{":
                depth += 1
            elif code[at] in ")]}":
                depth -= 1
                if depth < 0:
                    break
            elif code[at] == ";" and depth == 0:
                if _is_assignment(code[start:at].strip()):
                    yield start, at, "", "assignment"
                break


def mutants_of(path, text):
    code = mutable_text(text)
    seen = set()
    for finder in (operator_mutants, number_mutants, condition_mutants, assignment_mutants):
        for start, end, new, kind in finder(code):
            if new is None:
                new = f"!({text[start:end]})"
            if text[start:end] != new and (start, end, new) not in seen:
                seen.add((start, end, new))
                yield Mutant(path, start, end, new, kind)


def sources(only):
    for room in ROOMS:
        for path in sorted((ROOT / "lib" / room).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in (".h", ".cc") and (only is None or fnmatch.fnmatch(name, only)):
                yield name


def sample(args):
    everything = [mutant for name in sources(args.only) for mutant in mutants_of(name, (ROOT / name).read_text())]
    chosen = random.Random(args.seed).sample(everything, min(args.count, len(everything)))
    return len(everything), sorted(chosen, key=lambda m: (m.path, m.start, m.new))


# Running them.

@dataclasses.dataclass
class Test:
    name: str
    suite: str
    command: list
    target: str
    workdir: str
    env: dict
    sources: set
    seconds: float = 0.0


class Yard:
    """A copy of the tree with a build of its own, for one mutant at a time."""

    def __init__(self, folder, wanted=lambda source: True):
        """Only the tests of which a source is wanted are built."""
        self.tree, self.build = folder / "tree", folder / "build"
        # Build directories, and no more: lib/tcp/build_segment.cc is a source.
        ignored = shutil.ignore_patterns("build", "build-*", ".git", "__pycache__")
        shutil.copytree(ROOT, self.tree, ignore=ignored, symlinks=True)
        linker = "-fuse-ld=gold" if shutil.which("ld.gold") else ""
        self._command(["meson", "setup", str(self.build), str(self.tree), "--buildtype=debug", "-Doptimization=0",
                       "-Ddebug=false", "--unity=on", "--unity-size=4", "-Dwerror=false", "-Dwarning_level=0",
                       f"-Dcpp_link_args={linker}"], env={**self._environment(), "CXX": "ccache g++"})
        self.tests = [test for test in self._find_tests() if any(map(wanted, test.sources))]
        self.compile({test.target for test in self.tests}, cached=True)

    def _command(self, command, **kwargs):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
        if done.returncode != 0:
            sys.exit(f"mutate: the unchanged tree: {' '.join(command)}\n{done.stdout.decode()[-3000:]}")

    def _environment(self):
        """What an earlier run compiled, wherever it lay, need not be compiled again."""
        return {**os.environ, "CCACHE_BASEDIR": str(self.tree.parent.resolve()), "CCACHE_NOHASHDIR": "1"}

    def _introspect(self, what):
        return json.loads(subprocess.run(["meson", "introspect", str(self.build), what], check=True,
                                         capture_output=True).stdout)

    def _find_tests(self):
        targets = self._introspect("--targets")
        files = {target["id"]: target["filename"][0] for target in targets}
        sources = {target["filename"][0]: {os.path.relpath(name, self.tree.resolve())
                                           for part in target["target_sources"] for name in _sources_of(part)}
                   for target in targets}
        found = []
        for entry in self._introspect("--tests"):
            suites = {suite.split(":")[-1] for suite in entry["suite"]}
            suite = next((name for name in SUITE_ORDER if name in suites), None)
            target = next((files[name] for name in entry["depends"] if files.get(name) in entry["cmd"]), None)
            if suite and target:
                found.append(Test(entry["name"], suite, entry["cmd"], os.path.relpath(target, self.build),
                                  entry["workdir"] or str(self.build), entry["env"], sources[target]))
        return found

    def compile(self, targets, cached=False):
        env = self._environment() if cached else {**os.environ, "CCACHE_DISABLE": "1"}
        jobs = str(os.cpu_count()) if cached else "1"
        done = subprocess.run(["ninja", "-C", str(self.build), "-j", jobs, *sorted(targets)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=env)
        if cached and done.returncode != 0:
            sys.exit(f"mutate: the unchanged tree does not build\n{done.stdout.decode()[-3000:]}")
        return done.returncode == 0

    def run(self, test, timeout):
        """True when the test passes."""
        env = {**os.environ, **test.env, "GTEST_FAIL_FAST": "1", "GTEST_BRIEF": "1"}
        env.setdefault("MILLRACE_SIM_SEEDS", "20")
        process = subprocess.Popen(test.command, cwd=test.workdir, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + timeout
        while time.monotonic() < end and _resident(process.pid) < MEMORY_LIMIT:
            try:
                return process.wait(0.1) == 0
            except subprocess.TimeoutExpired:
                pass
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False

    def measure(self):
        for test in self.tests:
            start = time.monotonic()
            if not self.run(test, 600):
                sys.exit(f"mutate: {test.name} fails on the unchanged tree")
            test.seconds = time.monotonic() - start

    def try_mutant(self, mutant):
        """(outcome, by whom)."""
        path = self.tree / mutant.path
        text = (ROOT / mutant.path).read_text()
        path.write_text(text[:mutant.start] + mutant.new + text[mutant.end:])
        try:
            built = False
            for test in in_order(self.tests, mutant.path):
                if not self.compile({test.target}):
                    # It may be the link's moment, not the mutant's: what compiled once is judged by what ran.
                    return ("survived" if built else "not compiling"), None
                built = True
                if not self.run(test, max(10.0, 8 * test.seconds)):
                    return "killed", test.name
            return "survived", None
        finally:
            path.write_text(text)


def _sources_of(part):
    """The source files of a target; in a unity build those that the generated ones include."""
    yield from part.get("sources", [])
    for name in part.get("generated_sources", []):
        if re.search(r"-unity\d+\.\w+$", name):
            yield from re.findall(r"#include\s*[<\"]([^>\"]+)", pathlib.Path(name).read_text())


def _resident(pid):
    """Bytes of memory that a process really holds. What it only reserves does not count: tests reserve much."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def in_order(tests, path):
    room = path.split("/")[1]

    def rank(test):
        own = test.suite == "unit" and re.match(rf"unit-{room}\b", test.name)
        return (0 if own else {"segment": 1, "sim": 2, "unit": 3}[test.suite]), test.seconds

    last = 2 if path.endswith(".h") else 3
    return sorted((test for test in tests if rank(test)[0] <= last), key=rank)


def show(mutant):
    text = (ROOT / mutant.path).read_text()
    changed = text[:mutant.start] + mutant.new + text[mutant.end:]
    diff = difflib.unified_diff(text.splitlines(), changed.splitlines(), lineterm="", n=1)
    lines = [line for line in diff if not line.startswith(("---", "+++", "@@"))]
    return f"{mutant.path}:{cpp_text.line_of(text, mutant.start)}: {mutant.kind}\n" + "\n".join(f"    {l}" for l in lines)


def run_all(chosen, folder, job_count):
    yards = [Yard(folder / str(job)) for job in range(job_count)]
    for yard in yards:
        if not yard.tests:
            sys.exit("mutate: no unit, segment or sim test is there")
    yards[0].measure()
    for yard in yards[1:]:
        for test, measured in zip(yard.tests, yards[0].tests):
            test.seconds = measured.seconds
    results, lock, stopped = {}, threading.Lock(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())

    def work(yard, mine):
        for mutant in mine:
            if stopped.is_set():
                return
            outcome, by = yard.try_mutant(mutant)
            with lock:
                results[mutant] = outcome
                line = cpp_text.line_of((ROOT / mutant.path).read_text(), mutant.start)
                print(f"[{len(results)}/{len(chosen)}] {outcome:<13} {mutant.path}:{line} {mutant.kind}"
                      f"{' by ' + by if by else ''}", flush=True)

    # Neighbours stay together: a yard then rebuilds one object per mutant.
    half = (len(chosen) + job_count - 1) // job_count
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        parts = [pool.submit(work, yard, chosen[at * half:(at + 1) * half]) for at, yard in enumerate(yards)]
        for part in parts:
            part.result()
    if stopped.is_set():
        print("mutate: stopped early; the summary is of what ran", flush=True)
    return results


def summary(results):
    killed, survived, broken = (sorted((m for m, o in results.items() if o == outcome), key=lambda m: (m.path, m.start))
                                for outcome in ("killed", "survived", "not compiling"))
    if survived:
        print("\nSurvivors:")
        for mutant in survived:
            print(show(mutant))
    counted = len(killed) + len(survived)
    print(f"\n{'room':<12} {'killed':>7} {'survived':>9}")
    for room in ROOMS:
        numbers = [sum(m.path.startswith(f"lib/{room}/") for m in group) for group in (killed, survived)]
        if sum(numbers):
            print(f"{room:<12} {numbers[0]:>7} {numbers[1]:>9}")
    share = 100.0 * len(killed) / counted if counted else 0.0
    print(f"{len(killed)} of {counted} mutants killed ({share:.1f} %); {len(broken)} did not compile")
    return share


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a file or a pattern: lib/timer/*")
    parser.add_argument("--jobs", type=int, default=JOBS, choices=(1, 2))
    parser.add_argument("--at-least", type=float, default=0.0, help="exit code 1 when fewer percent are killed")
    parser.add_argument("--list", action="store_true", help="only print the mutants that would run")
    return parser.parse_args()


def main():
    args = arguments()
    total, chosen = sample(args)
    print(f"mutate: {len(chosen)} of {total} possible mutants, seed {args.seed}", flush=True)
    if args.list:
        for mutant in chosen:
            print(show(mutant))
        return 0
    if not chosen:
        sys.exit("mutate: nothing to mutate")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="millrace-mutate-") as folder:
        results = run_all(chosen, pathlib.Path(folder), min(args.jobs, len(chosen)))
    return 1 if summary(results) < args.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
