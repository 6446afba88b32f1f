"""Benches of proxies on the kernel's TCP beside Millrace: what a connection, a request and a megabyte cost the core."""

import dataclasses
import json
import types

import kernel_peers
import scene as scenery
import tested
from end_to_end import FAILURES, SATURATED, TEXT_OF_A_SEGMENT, Runs, made
from tested import harness

MEGABYTE = 1e6


@dataclasses.dataclass(frozen=True)
class Kind:
    result: str
    mode: str  # of kernel-pairs
    at_once: int
    unit: float  # of what kernel-pairs has counted, in one of the result's
    counted: str
    what: str


KINDS = (
    Kind("cycles_per_connection", "short", 64, 1, "finished", "open, 64 bytes there and back, close; the server closes first"),
    Kind("cycles_per_request", "kept", 64, 1, "finished", "64 bytes there and back on 64 kept connections"),
    Kind("cycles_per_megabyte", "bulk", 8, MEGABYTE, "bytes", "8 connections, from server to client; of 1,000,000 bytes"),
)


def kernel_pairs(context, scene, role, kind, address, seconds):
    namespace = scene.clients if role == "clients" else scene.servers
    return harness.Process(f"kernel-pairs {role}", [
        *scene.entering(namespace, context.cores[1]), str(context.build / "bench" / "peer" / "kernel-pairs"), role, address,
        "--mode", kind.mode, "--at-once", str(kind.at_once), "--seconds", str(seconds)], context.directory / f"{role}.log")


def window_of(context, proxy, clients):
    """(what the core did, what the clients report) while the load is steady."""
    def told(word):
        harness.wait_until(lambda: word in clients.log or not clients.alive(), f"the load says {word!r}", 60, 0.002)
        harness.expect(proxy.alive(), f"{proxy.name} has ended:\n{proxy.log[-2000:]}")
        return scenery.CoreSample(context.cores[0], proxy.popen.pid)

    window = scenery.CoreWindow(told("begin\n"), told("end\n"))
    harness.expect(clients.wait(10) == 0, f"{clients.name}:\n{clients.log[-2000:]}")
    return window, json.loads(clients.log.splitlines()[-1])


def once(context, peer, kind):
    with scenery.Scene(context.cores, peer.in_kernel) as scene:
        started = []
        try:
            # Longer than all the rest: they are stopped, but end by themselves if nobody does.
            started.append(kernel_pairs(context, scene, "servers", kind, tested.SERVERS[0], context.seconds + 60))
            started.append(kernel_peers.Running(context, scene, peer))
            started[-1].await_serving()
            started.append(kernel_pairs(context, scene, "clients", kind,
                                        f"{scenery.PROXY_CLIENT_SIDE}:{tested.PROXY_PORT}", context.seconds))
            return figures(kind, *window_of(context, *started[1:]))
        finally:
            for process in reversed(started):
                process.stop()


def figures(kind, window, report):
    count = report[kind.counted] / kind.unit
    harness.expect(count > 0, "nothing came through the proxy")
    return {"cycles": window.charged * report["tsc_hz"] / count, "undivided": window.busy * report["tsc_hz"] / count, "rate": count / report["seconds"], "busy": window.busy_share,
            "softirq": window.softirq_share, "on_core": 1 - window.strangers_share, "failed": report["failed"],
            "strangers_known": window.strangers is not None}


def setup_of(context, peer, kind, runs):
    saturated = "" if runs.median("busy") >= SATURATED else ": NOT saturated, the load was the limit"
    taken_off = (f"{1 - runs.median('on_core'):.1%} of the time, which other programs had, is taken off (with it: "
                 f"{runs.median('undivided'):,.0f} cycles)"
                 if runs.found[0]["strangers_known"] else "what other programs had of it is in it")
    return (f"{context.machine}; {kernel_peers.version(peer)}, {peer.what}; {kind.what}; kernel's clients and servers on core "
            f"{context.cores[1]}, two veth between three namespaces, MTU 1500, {'/'.join(scenery.OFFLOADS)} off; busy time of "
            f"core {context.cores[0]} by /proc/stat x TSC frequency, {runs.median('softirq'):.0%} of it softirq; {taken_off}; the "
            f"core was busy {runs.median('busy'):.1%}{saturated}; {runs.median('rate'):.0f} per second; "
            f"failed: {sum(run['failed'] for run in runs.found)}")


def measured(context, peer, kind):
    context.say(f"{peer.name}, {kind.mode}")
    runs = Runs(context, lambda: once(context, peer, kind))
    return runs.record(f"peer.{peer.name}.{kind.result}", "cycles", setup_of(context, peer, kind, runs))


# Millrace's results on its own wire, and what makes them those of the peer's unit.
OWN_WIRE = {
    "cycles_per_connection": ("proxy.cycles_per_connection", 1),
    "cycles_per_megabyte": ("proxy.cycles_per_packet", MEGABYTE / TEXT_OF_A_SEGMENT),
}
DIFFERENT = "different wires, the kernel's on veth, Millrace's in memory between DPDK ports"
SAME = "same wire, both on veth; Millrace by packet sockets, which are most of what it costs"


def ratios(name, records):
    """How many times as many cycles the peer takes; each of its runs by the median of Millrace's."""
    by_name = {one["name"]: one for one in records}
    found = []

    def add(ending, result, own, factor, wires):
        peer, other = by_name.get(f"peer.{name}.{result}"), by_name.get(own)
        if peer and other:
            found.append(made(f"peer.{name}.{ending}.{result.removeprefix('cycles_per_')}",
                              [run / (other["value"] * factor) for run in peer["runs"]],
                              f"{wires}: {peer['name']} by {factor:.4g} x the median of {other['name']}", note=wires.split(",")[0],
                              quiet=min(peer["quiet"], other["quiet"]), far=max(peer["far"], other["far"]),
                              one_core=max(peer["one_core"], other["one_core"])))

    for result, (own, factor) in OWN_WIRE.items():
        add("ratio", result, own, factor, DIFFERENT)
    for kind in KINDS:
        add("ratio_same_wire", kind.result, f"peer.millrace.{kind.result}", 1, SAME)
    return found


def beside(context, name, own):
    """(records, failures) of the peer, of Millrace on the peer's wire, and the ratios to Millrace there and on its own."""
    found, failures = [], []
    for kind in KINDS:
        for peer in (kernel_peers.PEERS[name], kernel_peers.MILLRACE):
            try:
                found.append(measured(context, peer, kind))
            except FAILURES as error:
                failures.append(f"peer.{peer.name}.{kind.result}: {error}")
    return found + ratios(name, own + found), failures


# What the self-test plants: results of Millrace and of a peer, and the ratios that have to come of them; and what a core
# did, of which another program had a part.
PLANTED_RESULTS = {"proxy.cycles_per_connection": 10_000, "proxy.cycles_per_packet": 1448,
                   "peer.nginx.cycles_per_connection": 400_000, "peer.nginx.cycles_per_megabyte": 5_000_000,
                   "peer.millrace.cycles_per_connection": 200_000}
PLANTED_RATIOS = {"peer.nginx.ratio.connection": (40, "different wires"), "peer.nginx.ratio.megabyte": (5, "different wires"),
                  "peer.nginx.ratio_same_wire.connection": (2, "same wire")}
PLANTED = 3


def planted_faults():
    results = [made(name, [value], "planted", quiet=1, far=0, one_core=0) for name, value in PLANTED_RESULTS.items()]
    found = {one["name"]: (round(one["value"], 9), one["note"]) for one in ratios("nginx", results)}
    if found != PLANTED_RATIOS:
        yield f"ratios: wanted {PLANTED_RATIOS}, found {found}"
    # Ten seconds: the core busy for nine, its tasks for eight (a second of interrupts while it was idle), two of them others'.
    first, last = (types.SimpleNamespace(at=at, busy=busy, softirq=0.0, tasks=tasks, ours=ours)
                   for at, busy, tasks, ours in ((0, 1, 5, 5), (10, 10, 13, 11)))
    window = scenery.CoreWindow(first, last)
    cycles = figures(KINDS[0], window, {"finished": 70, "seconds": 10, "failed": 0, "tsc_hz": 1000})["cycles"]
    if cycles != 100:
        yield f"7 seconds at 1000 Hz for 70 connections: {cycles} cycles, wanted 100"
    last.tasks = None
    if scenery.CoreWindow(first, last).charged != 9:
        yield "without an account of the core's tasks, all its busy time is to be charged"
