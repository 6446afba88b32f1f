"""Runs the benches, and writes results.json, plots and a table. scripts/bench.sh starts it."""

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "bench" / "run"), str(ROOT / "bench" / "common")]

import aims  # noqa: E402
import end_to_end  # noqa: E402
import in_process  # noqa: E402
import kernel_peers  # noqa: E402
import machine  # noqa: E402
import pages  # noqa: E402
import peers  # noqa: E402
import wires  # noqa: E402



def names_of(*beginnings):
    return tuple(name for name in aims.AIMS if name.startswith(beginnings) and not name.endswith("M"))


# Which names a function measures; one of them wanted is enough to run it.
BENCHES = (
    (names_of("timer.", "flow."), in_process.micro),
    (("instr.",), in_process.instructions),
    (tuple(in_process.MEMORY), in_process.memory),
    (("conns.established_max",), in_process.established_max),
    (tuple(in_process.LOSS), in_process.loss),
    (names_of("rr."), end_to_end.requests),
    (names_of("cps."), end_to_end.short_connections),
    (names_of("synflood."), end_to_end.flood),
    (("proxy.cycles_per_connection",), end_to_end.proxy_connections),
    (("proxy.cycles_per_packet", "proxy.gbit_per_s"), end_to_end.proxy_bulk),
)
HUGEPAGES = 1024  # of 2 MB


@dataclasses.dataclass
class Context:
    """What every bench needs to know."""

    root: pathlib.Path
    build: pathlib.Path
    directory: pathlib.Path
    runs: int
    quick: bool
    seconds: float
    cores: tuple
    wire: wires.Wire
    hugepages: bool = False
    packets: int = 65_536
    load_address: str = "10.1.0.2"
    load_sources: str = "10.1.0.2-10.1.0.17/24"
    profiles: dict = dataclasses.field(default_factory=dict)

    @property
    def prefix(self):
        return f"mb{os.getpid()}"

    @property
    def machine(self):
        return f"{machine.processor()}, {os.cpu_count()} processors, g++ release build"

    @property
    def setup(self):
        memory = "2 MB hugepages" if self.hugepages else "no hugepages"
        return (f"{self.machine}; {self.wire.copies}; {memory}; one worker on core {self.cores[0]}, idle spin, load on core "
                f"{self.cores[1]}")

    @staticmethod
    def say(text):
        print(text, file=sys.stderr, flush=True)


def wanted_of(names, words):
    """Which of a function's names the words on the command line mean; without words all."""
    return [name for name in names if not words or any(name.startswith(word) or word.startswith(name) for word in words)]


def measure(context, words):
    records, failures = [], []
    for names, function in BENCHES:
        wanted = wanted_of(names, words)
        if not wanted:
            continue
        try:
            found = function(context, wanted)
        except end_to_end.FAILURES as error:
            failures.append(f"{', '.join(wanted)}: {error}")
            continue
        records += [one for one in found if not words or any(one["name"].startswith(word) for word in words)]
    return records, failures


def measure_beside(context, name):
    """Millrace as a proxy, and a proxy on the kernel's TCP."""
    records, failures = measure(context, ["proxy."])
    more, failed = peers.beside(context, name, records)
    return records + more, failures + failed


def write(records, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(records, indent=1) + "\n")
    for name, text in pages.plots(records).items():
        (out / name).write_text(text)


# Planted records and what the table has to say of them.
PLANTED = (
    ("rr.cycles_per_request", [600.0], "moonshot"), ("rr.cycles_per_request", [601.0], "must"),
    ("rr.cycles_per_request", [1001.0], "missed"), ("synflood.mpps", [10.0], "moonshot"), ("synflood.mpps", [2.9], "missed"),
    ("rr.cycles_per_request.100000", [1300.0], "must"), ("timer.arm_ns.1M", [10.0, 12.0], "noisy"),
    ("peer.haproxy.ratio.connection", [80.0], "moonshot"), ("peer.haproxy.ratio.connection", [79.0], "must"),
    ("peer.nginx.ratio.connection", [29.9], "missed"), ("peer.nginx.ratio.megabyte", [5.9], "missed"),
)

PLACEMENTS = ((100, 1.02, machine.WELL_PLACED), (460, 1.02, machine.FAR), (50, 2.05, machine.ONE_CORE))


def self_test():
    failed = 0
    for name, runs, wanted in PLANTED:
        one = in_process.made(name, runs, "planted", quiet=0, far=1, one_core=2)
        shown = pages.table([one]).splitlines()[-1]
        drawn = pages.plots([one])["results.svg"].startswith("<svg")
        if wanted not in shown or f"0 of {len(runs)} runs quiet" not in shown or \
                "cores far apart in 1, threads of one core in 2" not in shown or not drawn:
            failed += 1
            print(f"self-test: {name} {runs}: wanted '{wanted}' in: {shown}")
    for exchange, slowdown, wanted in PLACEMENTS:
        found = machine.placement_of({"exchange_ns": exchange, "slowdown": slowdown})
        if found != wanted:
            failed += 1
            print(f"self-test: {exchange} ns and {slowdown} times as long are '{found}', wanted '{wanted}'")
    planted = {f"cycles_{stage}": 30 for stage in pages.STAGES} | {
        "rx_packets": 10, "tx_packets": 10, "turns": 8, "busy_turns": 5, "cycles_idle": 60}
    if "lookup                  3.0    9.1%" not in pages.profile_table("rr", planted) or \
            "idle turns: 3, 20 cycles each" not in pages.profile_table("rr", planted):
        failed += 1
        print(f"self-test: {pages.profile_table('rr', planted)}")
    for text in peers.planted_faults():
        failed += 1
        print(f"self-test: {text}")
    total = len(PLANTED) + len(PLACEMENTS) + 1 + peers.PLANTED
    print(f"bench --self-test: {total - failed} of {total} as expected")
    return 1 if failed else 0


def arguments():
    parser = argparse.ArgumentParser(prog="bench.sh", description="Measures Millrace; see bench/README.md.")
    parser.add_argument("names", nargs="*", help="what to measure: names or their beginnings, as rr. or mem.bytes_per_pair")
    parser.add_argument("--quick", action="store_true", help="one short run of each, for trying")
    parser.add_argument("--runs", type=int, help="of each bench; 5")
    parser.add_argument("--seconds", type=float, help="of load per run; 6")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "bench")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--wire", choices=list(wires.WIRES), default="virtio")
    parser.add_argument("--peer", choices=list(kernel_peers.PEERS), help="Millrace's proxy and this one, and nothing else")
    parser.add_argument("--profile", action="store_true", help="cycles by stage; the build has -Dprofile=true")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.peer and args.names:
        parser.error("--peer measures what belongs to it: no names")
    if args.peer and kernel_peers.missing(args.peer):
        sys.exit(kernel_peers.missing(args.peer))
    return args


def main():
    args = arguments()
    if args.self_test:
        return self_test()
    if args.list:
        print("\n".join(aims.AIMS))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made and started goes away then, too
    machine.go_first()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-bench-"))
    try:
        context = Context(root=ROOT, build=args.build.resolve(), directory=directory, quick=args.quick,
                          runs=args.runs or (1 if args.quick else 5), seconds=args.seconds or (3 if args.quick else 6),
                          cores=machine.cores(), wire=wires.WIRES[args.wire])
        with machine.hugepages(HUGEPAGES) as given:
            context.hugepages = given
            if not given:
                context.say("hugepages cannot be had: end-to-end benches run on ordinary pages, which costs them TLB misses")
            records, failures = (measure_beside(context, args.peer) if args.peer else
                                 measure(context, args.names))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    write(records, args.out)
    print(pages.table(records))
    if args.profile:
        for name, profile in context.profiles.items():
            print()
            print(pages.profile_table(name, profile))
    print(f"{args.out}/results.json")
    for line in failures:
        print(f"could not be measured: {line}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
