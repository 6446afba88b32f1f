"""The machine: its cores, hugepages, whether it is quiet, and how its cores are placed."""

import contextlib
import json
import os
import pathlib
import subprocess
import time

GAP_MS = 200
NEAR_NS = 200  # a cache line there and back: under one cache about 100, across chiplets 300 and more
ONE_CORE_SLOWDOWN = 1.5  # two cores do not slow each other down, two threads of one core take twice as long
PATIENCE = 60  # seconds in which the host may place the cores better, before each run
PATIENCE_IN_ALL = 900  # no host moves those of a machine without one
WELL_PLACED, FAR, ONE_CORE = "well placed", "cores far apart", "threads of one core"
HUGEPAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")
HUGEPAGE_MOUNT = pathlib.Path("/dev/hugepages")


def cores():
    """Two cores: for what is measured, and for who loads it. The first of all is left to the kernel if there are more."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise RuntimeError("two cores are needed: one for what is measured, one for who loads it")
    return (allowed[1], allowed[2]) if len(allowed) > 2 else (allowed[0], allowed[1])


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def go_first():
    """What this process starts runs before the ordinary programs of other sessions: with autogroups, the nice value of a
    process counts among those of its own session only."""
    with contextlib.suppress(OSError):
        os.setsid()
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/autogroup").write_text("-20")


def free_hugepages():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("HugePages_Free:"):
            return int(line.split()[1])
    return 0


@contextlib.contextmanager
def hugepages(wanted):
    """Asks the kernel for so many (2 MB each) and gives back what was taken; yields whether they can be used."""
    before = int(HUGEPAGES.read_text())
    with contextlib.suppress(OSError):
        HUGEPAGES.write_text(str(max(before, wanted)))
    mounted = any(" hugetlbfs " in line for line in pathlib.Path("/proc/mounts").read_text().splitlines())
    made_mount = False
    if not mounted:
        HUGEPAGE_MOUNT.mkdir(exist_ok=True)
        made_mount = mounted = subprocess.run(["mount", "-t", "hugetlbfs", "none", str(HUGEPAGE_MOUNT)]).returncode == 0
    try:
        yield mounted and free_hugepages() >= wanted
    finally:
        if made_mount:
            subprocess.run(["umount", str(HUGEPAGE_MOUNT)])
        with contextlib.suppress(OSError):
            HUGEPAGES.write_text(str(before))


class Watch:
    """How long a spinning thread was away from each of the two cores, how long a cache line takes from one to the other and
    back, and whether they are two: looked at before and after a run, since during it both are in use."""

    waited = 0.0  # seconds, by all of them

    def __init__(self, build, on_cores):
        self._command = [str(build / "bench" / "gaps" / "bench-gaps"), "{ms}", *map(str, on_cores)]

    def look(self, milliseconds=GAP_MS):
        """(no gap over 10 us, how the cores are placed)"""
        command = [word.format(ms=milliseconds) for word in self._command]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.strip()}")
        seen = [json.loads(line) for line in done.stdout.splitlines()]
        pair = next((line for line in seen if "slowdown" in line), None)
        if pair is None:
            raise RuntimeError(f"{command[0]} has not looked at the two cores: build it anew")
        return all(line.get("over_10us", 0) == 0 for line in seen), placement_of(pair)

    def await_placement(self):
        """A hypervisor moves cores about, apart and together again. Whether they are well placed."""
        begun = time.monotonic()
        patience = min(PATIENCE, PATIENCE_IN_ALL - Watch.waited)
        while not (well := self.look(milliseconds=1)[1] == WELL_PLACED) and time.monotonic() - begun < patience:
            time.sleep(0.5)
        Watch.waited += time.monotonic() - begun
        return well


def placement_of(pair):
    if pair["slowdown"] >= ONE_CORE_SLOWDOWN:
        return ONE_CORE
    return WELL_PLACED if pair["exchange_ns"] <= NEAR_NS else FAR


def stolen_share(before, after):
    """Of the processors' time between two readings of processor_times(), what the host gave to others."""
    return (after["steal"] - before["steal"]) / max(after["all"] - before["all"], 1)


def processor_times():
    numbers = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return {"all": sum(numbers), "steal": numbers[7]}


def exists(path):
    return pathlib.Path(path).exists()
