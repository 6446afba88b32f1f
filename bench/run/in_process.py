"""Benches within one process: tables and wheels, memory, instruction counts, loss recovery in simulation."""

import itertools
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from aims import aim_of
from records import record

MILLION = 1_000_000


def run(*command, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **kwargs)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: exit code {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout


def made(name, runs, setup, **more):
    aim = aim_of(name)
    return record(name, aim.unit, aim.better, runs, setup, **more)


def in_words(number):
    return f"{number // MILLION}M" if number % MILLION == 0 else str(number)


def micro(context, wanted):
    """timer.* and flow.*"""
    out = run("taskset", "-c", context.cores[0], context.build / "bench" / "micro" / "bench-micro",
              f"--benchmark_filter=^({'|'.join(wanted)})", f"--benchmark_repetitions={context.runs}",
              f"--benchmark_min_time={0.05 if context.quick else 0.5}", "--benchmark_format=json")
    found = {}
    for one in json.loads(out)["benchmarks"]:
        if one.get("run_type") == "iteration":
            name, size = one["name"].split("/")[:2]
            found.setdefault(f"{name}.{in_words(int(size))}", []).append(one)
    return [made(name, [one["ns"] for one in runs],
                 f"{context.machine}; Google Benchmark, random order, cold unless 'hot'; one core",
                 cycles=statistics.median(one["cycles"] for one in runs)) for name, runs in found.items()]


def instructions(context, _):
    """By the build that the baseline belongs to, not by that of the other benches."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([str(context.root / "scripts" / "instr"), "--json", out.name],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return json.loads(pathlib.Path(out.name).read_text())


MEMORY = {"mem.bytes_per_idle_connection": "idle", "mem.bytes_per_answered_connection": "answered",
          "mem.bytes_per_pair": "pair", "mem.bytes_per_time_wait": "time-wait"}
RECONCILED = 0.05


def held(context, kind, number):
    return json.loads(run(context.build / "bench" / "mem" / "bench-mem", kind, number))


def per_one(context, kind, number):
    """(bytes per one by resident memory, by the tables' own account), both without what an empty process has."""
    empty, full = held(context, kind, 0), held(context, kind, number)
    return tuple((full[what] - empty[what]) / number for what in ("resident_bytes", "accounted_bytes"))


def memory(context, wanted):
    number = MILLION
    records = []
    for name in wanted:
        found = [per_one(context, MEMORY[name], number) for _ in range(context.runs)]
        resident, accounted = found[0]
        apart = resident / accounted - 1
        setup = (f"{number} held by a stack in process, tables made for as many; resident memory with huge pages, less that of "
                 f"an empty process; the tables' own account {accounted:.1f} bytes, {apart:+.1%}"
                 f"{'' if abs(apart) <= RECONCILED else ': NOT reconciled'}")
        records.append(made(name, [resident for resident, _ in found], setup, accounted=accounted,
                            reconciled=abs(apart) <= RECONCILED))
    return records


def established_max(context, _):
    """As many as fit into the memory given, each of which still answers."""
    memory_bytes = (1 << 28) if context.quick else (1 << 31)
    each = per_one(context, "answered", MILLION // 10)[0]
    number = int(memory_bytes / each)
    found = [held(context, "answered", number) for _ in range(context.runs)]
    full = found[0]
    setup = (f"in {memory_bytes >> 20} MiB of resident memory ({full['resident_bytes'] >> 20} MiB with packets and program): all "
             "established at once, then a byte from each was echoed")
    return [made("conns.established_max", [one["held"] for one in found], setup)]


LOSS = {"loss.goodput_ratio_1pct": "random 1.0 %", "loss.goodput_ratio_5pct": "random 5.0 %"}
ALGORITHMS = ("newreno", "cubic", "bbr", "dctcp")


def loss(context, wanted):
    """Goodput under random loss / ((1-p) x link), from the simulation; the same to the last digit each time."""
    records = []
    for name, algorithm, rtt in itertools.product(wanted, ALGORITHMS, (10, 100)):
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            environment = {**os.environ, "MILLRACE_SIM_CELLS": f"{algorithm}, {LOSS[name]}, {rtt}.0 ms",
                           "MILLRACE_SIM_JSON": out.name}
            run(context.build / "tests" / "sim" / "sim-recovery", "--gtest_brief=1",
                f"--gtest_filter=*RecoveryMatrix*/{algorithm}_{rtt * 1000}us", cwd=context.root, env=environment)
            row = json.loads(pathlib.Path(out.name).read_text().splitlines()[0])
        records.append(made(f"{name}.{algorithm}.{rtt}ms", [row["goodput_ratio"]],
                            f"simulation, RTT {rtt} ms, {row['link_bps'] / 1e6:.0f} Mbit/s, random loss of data; goodput / ((1-p) x "
                            "link), seeds of tests/sim/recovery"))
    return records
