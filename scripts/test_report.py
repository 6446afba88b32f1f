"""The bookkeeping of scripts/test.sh: which tests a suite has, what became of each case, and the closing table.

    test_report.py names BUILD SUITES            the tests of these suites, one per line
    test_report.py targets BUILD SUITES          the ninja targets they need
    test_report.py fuzzers BUILD                 the ninja targets that are libFuzzer programs
    test_report.py collect ROW BUILD RESULTS     add what `meson test` left in BUILD to RESULTS
    test_report.py junit ROW FILE RESULTS        add a JUnit file
    test_report.py case ROW NAME OUTCOME WHY RESULTS   add one case: passed, failed or skipped
    test_report.py table RESULTS                 print everything; exit code 1 unless all passed

A case is the smallest thing counted: a GoogleTest case, an interop test, or a test program that has no cases. What was
skipped or is disabled counts as failed, and so does a row in which nothing ran.
"""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml


def introspect(build, what):
    return json.loads(subprocess.run(["meson", "introspect", build, what], check=True, capture_output=True).stdout)


def tests_of(build, suites):
    wanted = set(suites.split(","))
    for test in introspect(build, "--tests"):
        own = {suite.split(":")[-1] for suite in test["suite"]}
        if wanted & own:
            yield test


def targets_of(build, suites):
    files = {target["id"]: target["filename"][0] for target in introspect(build, "--targets")}
    root = pathlib.Path(build).resolve()
    needed = {files[name] for test in tests_of(build, suites) for name in test["depends"] if name in files}
    return sorted(str(pathlib.Path(file).relative_to(root)) for file in needed)


def fuzzers_of(build):
    root = pathlib.Path(build).resolve()
    return sorted(str(pathlib.Path(target["filename"][0]).relative_to(root)) for target in introspect(build, "--targets")
                  if target["type"] == "executable" and target["name"].startswith("fuzz-"))


def cases_of_junit(root):
    """(suite, case, outcome, why) of each case."""
    for suite in root.iter("testsuite"):
        for case in suite.findall("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            failure = case.find("failure") if case.find("failure") is not None else case.find("error")
            skipped = case.find("skipped")
            if failure is not None:
                yield suite.get("name"), name, "failed", failure.text or failure.get("message") or ""
            elif skipped is not None:
                yield suite.get("name"), name, "skipped", skipped.get("message") or skipped.text or ""
            elif case.get("status") == "notrun":
                yield suite.get("name"), name, "skipped", "disabled"
            else:
                yield suite.get("name"), name, "passed", ""


def collect(build):
    """What `meson test` did: its JSON log has every program's result, its JUnit file the cases of GoogleTest."""
    logs = pathlib.Path(build) / "meson-logs"
    by_suite = {}
    for suite, name, outcome, why in cases_of_junit(xml.parse(logs / "testlog.junit.xml").getroot()):
        by_suite.setdefault(suite, []).append((name, outcome, why))
    for line in (logs / "testlog.json").read_text().splitlines():
        test = json.loads(line)
        program, result = test["name"], test["result"]
        cases = [case for suite, found in by_suite.items() if f".{program}." in suite for case in found]
        yield from ((f"{program}: {name}", outcome, why) for name, outcome, why in cases)
        good = all(outcome == "passed" for _, outcome, _ in cases)
        output = (test.get("stdout") or "") + (test.get("stderr") or "")
        if result == "SKIP":
            yield program, "skipped", output or "exit code 77"
        elif result != "OK" and good:
            yield program, "failed", f"{result}, exit code {test.get('returncode')}\n{output[-6000:]}"
        elif result == "OK" and not cases:
            yield program, "passed", ""


def add(path, row, cases):
    with open(path, "a") as out:
        out.write(json.dumps({"row": row, "cases": []}) + "\n")
        for case in cases:
            out.write(json.dumps({"row": row, "cases": [case]}) + "\n")


def table(path):
    rows = {}
    for line in pathlib.Path(path).read_text().splitlines():
        entry = json.loads(line)
        rows.setdefault(entry["row"], []).extend(entry["cases"])
    for row, cases in rows.items():
        if not cases:
            cases.append(("nothing ran", "failed", "no test was found"))
    for row, cases in rows.items():
        for name, outcome, why in cases:
            if outcome != "passed":
                print(f"\n{outcome.upper()} {row}: {name}")
                print("    " + why.strip().replace("\n", "\n    ")[-8000:])
    print(f"\n{'what':<44} {'passed':>7} {'failed':>7} {'skipped':>8}")
    passed = failed = 0
    for row, cases in rows.items():
        count = {outcome: sum(case[1] == outcome for case in cases) for outcome in ("passed", "failed", "skipped")}
        print(f"{row:<44} {count['passed']:>7} {count['failed']:>7} {count['skipped']:>8}")
        passed += count["passed"]
        failed += count["failed"] + count["skipped"]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    command, *args = sys.argv[1:]
    if command == "names":
        print("\n".join(test["name"] for test in tests_of(*args)))
    elif command == "targets":
        print("\n".join(targets_of(*args)))
    elif command == "fuzzers":
        print("\n".join(fuzzers_of(*args)))
    elif command == "collect":
        row, build, results = args
        add(results, row, collect(build))
    elif command == "junit":
        row, file, results = args
        add(results, row, ((name, outcome, why) for _, name, outcome, why in cases_of_junit(xml.parse(file).getroot())))
    elif command == "case":
        row, name, outcome, why, results = args
        add(results, row, [(name, outcome, why)])
    elif command == "table":
        return table(*args)
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
