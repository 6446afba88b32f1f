"""Benches over a wire: one worker is measured, another core loads it. One run is one start of both programs.

What is counted is counted by the measured worker itself, between two looks at its counters while the load is steady.
"""

import collections
import json
import statistics
import subprocess
import time

import machine
import tested
from aims import aim_of
from records import record
from tested import harness

FAILURES = (RuntimeError, OSError, ValueError, KeyError, harness.Failure)  # of one bench: the others go on
SETTLED = 1.5  # seconds of load before the first look
SATURATED = 0.97
ATTEMPTS = 3  # at a run with the cores well placed
UNDISTURBED = 0.999  # of the time the measured worker has to be on its core in a quiet run


def made(name, runs, setup, **more):
    aim = aim_of(name)
    return record(name, aim.unit, aim.better, runs, setup, **more)


def end_all(tested_program, load):
    """A memif port of DPDK 22.11 does not survive that its peer ends while it polls: what is measured stands still first."""
    if tested_program:
        tested_program.end()
    if load:
        load.popen.kill()
        load.popen.wait()


class Runs:
    """Repeats one measurement and knows which of the runs were quiet, and in which the two cores were well placed from begin
    to end: near each other, and two. A run in which they were not is made again once the host has moved them, a few times."""

    def __init__(self, context, what):
        self.found, self.quiet, self.places = [], 0, collections.Counter()
        watch = machine.Watch(context.build, context.cores)
        for number in range(context.runs):
            for _ in range(ATTEMPTS):
                waited_well = not context.quick and watch.await_placement()
                run, calm, place = self._run(watch, what)
                if place == machine.WELL_PLACED or not waited_well:
                    break
            self.found.append(run)
            self.quiet += calm
            self.places[place] += 1
            notes = ["not quiet"] * (not calm) + [place] * (place != machine.WELL_PLACED)
            context.say(", ".join([f"    run {number + 1} of {context.runs}", *notes]))

    @staticmethod
    def _run(watch, what):
        before, (calm, place) = machine.processor_times(), watch.look()
        run = what()
        calm_after, place_after = watch.look()
        stolen = machine.stolen_share(before, machine.processor_times())
        calm = calm and calm_after and stolen == 0 and run["on_core"] >= UNDISTURBED
        return run, calm, place_after if place == machine.WELL_PLACED else place

    def record(self, name, key, setup):
        return made(name, [run[key] for run in self.found], setup, quiet=self.quiet,
                    far=self.places[machine.FAR], one_core=self.places[machine.ONE_CORE])

    def median(self, key):
        return statistics.median(run[key] for run in self.found)


class Load(harness.Process):
    """millrace-load on its core."""

    def __init__(self, context, mode, device, *words):
        self.json_path = context.directory / "load.json"
        self.json_path.unlink(missing_ok=True)
        command = [
            *tested.FIRST, context.build / "apps" / "millrace-load" / "millrace-load", mode, "--device", device,
            "--source", context.load_sources, "--cpu", context.cores[1], "--file-prefix", f"{context.prefix}l", "--quiet",
            "--json", self.json_path, "--stay", *words]
        super().__init__(f"millrace-load {mode}", list(map(str, command)), context.directory / "load.log")

    def result(self, deadline):
        harness.wait_until(lambda: not self.alive() or self._written(), f"{self.name} has measured", deadline)
        harness.expect(self._written(), f"{self.name} has ended:\n{self.log[-2000:]}")
        return json.loads(self.json_path.read_text())

    def _written(self):
        try:
            return bool(json.loads(self.json_path.read_text()))
        except (OSError, ValueError):
            return False


def loaded(context, limit, counter, mode, *words, begun=1000):
    """(window, the load's report, profile) of millrace-echo under one load, which has begun when `counter` is at `begun`.
    limit: connections that the server can hold."""
    devices, path = context.wire.devices(context.directory, 0, tested.MACS[0])
    seconds = context.seconds
    start_load = lambda: Load(context, mode, devices[1], "--seconds", seconds, *words)  # noqa: E731
    start_tested = lambda: tested.Tested(  # noqa: E731
        context, "millrace-echo", tested.echo_config(context, context.prefix, devices[0], limit))
    server = load = None
    try:
        if context.wire.tested_first:
            server = start_tested()
            harness.wait_until(lambda: machine.exists(path) or not server.alive(), "the wire is there", 20)
            load = start_load()
        else:
            load = start_load()
            harness.wait_until(lambda: machine.exists(path) or not load.alive(), "the wire is there", 20)
            server = start_tested()
        server.await_ready()
        harness.wait_until(lambda: server.sample().counters[counter] >= begun or not load.alive(), "load arrives", 120, 0.1)
        time.sleep(SETTLED)
        first, stages = server.sample(), server.profile()
        time.sleep(max(seconds - 1.0, 1.0))
        window = tested.Window(first, server.sample())
        profile = {name: value - stages.get(name, 0) for name, value in server.profile().items()}
        return window, load.result(60), profile
    finally:
        end_all(server, load)


def check_saturated(context, name, runs):
    """At saturation all cycles of the core count: rate x cycles = TSC frequency. A turn in which another program had the core
    counts that time as its own."""
    share = runs.median("share_of_tsc")
    words = f"rate x busy cycles = {share:.1%} of the TSC's frequency"
    if share < SATURATED:
        words += " (NOT saturated: the load or the wire was the limit)"
    words += f"; the worker was on its core {runs.median('on_core'):.1%} of the time"
    context.say(f"    {name}: {words}")
    return words


def shares(window):
    return {"share_of_tsc": window.busy_share, "on_core": window.on_core}


def request_run(context, connections, *words):
    window, report, profile = loaded(context, connections + 1024, "segment_delivered", "rr", "--target",
                                     f"{tested.ADDRESS}:{tested.ECHO_PORT}", "--size", 1, "--connections", connections, *words,
                                     begun=2 * connections)
    requests = window.count("segment_delivered")
    return {"cycles": window.busy / requests, "rate": requests / window.seconds, **shares(window),
            "load_busy": report["busy_share"], "latency": report["latency_us"], "profile": profile,
            **{name: report["latency_us"][name] for name in ("p50", "p99", "p999")}}


def requests(context, wanted):
    """rr.*: a byte there and back on established connections."""
    records = []
    runs = None
    for connections in (64,) if context.quick else (64, 100_000):
        context.say(f"rr, {connections} connections")
        runs_of = Runs(context, lambda: request_run(context, connections))
        setup = (f"{context.setup}; 1-byte request and response, {connections} connections, closed loop, echo application "
                 f"included; {check_saturated(context, 'rr', runs_of)}; the load's core was busy {runs_of.median('load_busy'):.0%}")
        ending = "" if connections == 64 else f".{connections}"
        records += [runs_of.record(f"rr.cycles_per_request{ending}", "cycles", setup),
                    runs_of.record(f"rr.requests_per_s{ending}", "rate", setup)]
        runs = runs or runs_of
    if any(name.startswith("rr.p") for name in wanted):
        rate = int(0.8 * runs.median("rate"))
        context.say(f"rr at {rate} requests per second")
        at_80 = Runs(context, lambda: request_run(context, 64, "--rate", rate))
        setup = f"{context.setup}; 64 connections, open loop at {rate} requests/s, 80 % of the closed loop's rate"
        records += [at_80.record(f"rr.{name}_us", name, setup) for name in ("p50", "p99", "p999")]
    context.profiles["rr"] = runs.found[-1]["profile"]
    return records


# Who closes first has the TIME-WAIT. The echo service never does, the HTTP service does when it is asked to.
SHORT = {
    "cps.{}": (("cps", "--target", f"{tested.ADDRESS}:{tested.ECHO_PORT}", "--size", 64),
               "open, 64 bytes there and back by the echo service, close"),
    "cps.{}.http": (("http", "--target", f"{tested.ADDRESS}:{tested.HTTP_PORT}", "--keep-alive", "no", "--close", "server"),
                    "open, GET and an answer with a body of 64 bytes by the HTTP service, which closes first"),
}


def connection_run(context, words):
    window, report, profile = loaded(context, 65_536, "tcp_passive_opens", *words, "--connections", 64)
    opened = window.count("tcp_passive_opens")
    return {"cycles": window.busy / opened, "rate": opened / window.seconds, **shares(window),
            "time_waits": window.count("tcp_time_waits") / opened, "load_busy": report["busy_share"], "profile": profile}


def short_connections(context, _):
    """cps.*"""
    records = []
    for name, (words, what) in SHORT.items():
        context.say(f"cps, {words[0]}")
        runs = Runs(context, lambda: connection_run(context, words))
        setup = (f"{context.setup}; {what}; {runs.median('time_waits'):.0%} of the connections end in this side's TIME-WAIT; "
                 f"{check_saturated(context, 'cps', runs)}")
        context.profiles[f"cps, {words[0]}"] = runs.found[-1]["profile"]
        records += [runs.record(name.format("cycles_per_connection"), "cycles", setup),
                    runs.record(name.format("connections_per_s"), "rate", setup)]
    return records


FLOOD_SOURCES = "198.18.0.0/15"


def flood_run(context):
    window, report, profile = loaded(context, 1024, "tcp_syn_cookies_sent", "synflood", "--target",
                                     f"{tested.ADDRESS}:{tested.ECHO_PORT}", "--from", FLOOD_SOURCES)
    return {"mpps": window.count("tcp_syn_cookies_sent") / window.seconds / 1e6, **shares(window),
            "offered": report["syns_per_s"] / 1e6, "profile": profile}


def flooded_run(context, *parts):
    """Requests per second while SYNs rain on the same listener."""
    window, report, profile = loaded(
        context, 2048, "segment_delivered", "mix", "--target", f"{tested.ADDRESS}:{tested.ECHO_PORT}",
        *(word for part in parts for word in ("--part", part)))
    return {"rate": window.count("segment_delivered") / window.seconds, "load_busy": report["busy_share"],
            "profile": profile, **shares(window)}


def kept_run(context, flood_rate):
    """The two of a ratio stand beside each other in time."""
    requests_part, flood_part = "rr size=1 connections=64", f"synflood rate={flood_rate} from={FLOOD_SOURCES}"
    calm = flooded_run(context, requests_part)
    flooded = flooded_run(context, requests_part, flood_part)
    return {**flooded, "kept": flooded["rate"] / calm["rate"], "calm": calm["rate"]}


FLOOD_RATE = 1_000_000


def flood(context, wanted):
    """synflood.*"""
    records = []
    if "synflood.mpps" in wanted:
        context.say("synflood")
        runs = Runs(context, lambda: flood_run(context))
        setup = (f"{context.setup}; SYNs from random addresses, {runs.median('offered'):.2f} M/s offered; counted are cookies "
                 f"sent; {check_saturated(context, 'synflood', runs)}")
        context.profiles["synflood"] = runs.found[-1]["profile"]
        records.append(runs.record("synflood.mpps", "mpps", setup))
    if "synflood.goodput_kept" in wanted:
        context.say("requests under a flood")
        runs = Runs(context, lambda: kept_run(context, FLOOD_RATE))
        setup = (f"{context.setup}; 64 connections with 1-byte requests in a closed loop, beside {FLOOD_RATE} SYNs/s to the same "
                 f"port; alone {runs.median('calm'):.0f} requests/s; {check_saturated(context, 'requests under a flood', runs)}; "
                 f"the load's core makes both and was busy {runs.median('load_busy'):.0%}")
        records.append(runs.record("synflood.goodput_kept", "kept", setup))
    return records


def proxied(context, mode, at_once):
    """(window, report of bench-pairs, profile) of millrace-proxy."""
    wires = [context.wire.devices(context.directory, number, tested.MACS[number]) for number in (0, 1)]
    start_proxy = lambda: tested.Tested(context, "millrace-proxy", tested.proxy_config(  # noqa: E731
        context, context.prefix, [devices[0] for devices, _ in wires], 65_536))
    start_pairs = lambda: harness.Process("bench-pairs", [  # noqa: E731
        *tested.FIRST, "taskset", "-c", str(context.cores[1]), context.build / "bench" / "pairs" / "bench-pairs",
        "--mode", mode, "--client-device", wires[0][0][1], "--server-device", wires[1][0][1], "--at-once", str(at_once),
        "--seconds", str(context.seconds), "--file-prefix", f"{context.prefix}p"],
        context.directory / "pairs.log", stdin=subprocess.PIPE)
    first_program = start_proxy if context.wire.tested_first else start_pairs
    started = []
    try:
        started.append(first_program())
        for _, path in wires:
            harness.wait_until(lambda: machine.exists(path) or not started[0].alive(), "the wire is there", 20)
        started.append(start_pairs() if first_program is start_proxy else start_proxy())
        proxy, pairs = started if first_program is start_proxy else reversed(started)
        proxy.await_ready()
        harness.wait_until(lambda: "begin\n" in pairs.log or not pairs.alive(), "load arrives", 60, 0.002)
        first, stages = proxy.sample(), proxy.profile()
        harness.wait_until(lambda: "end\n" in pairs.log or not pairs.alive(), "the load's time is over", 120, 0.002)
        window = tested.Window(first, proxy.sample())
        profile = {name: value - stages.get(name, 0) for name, value in proxy.profile().items()}
        harness.wait_until(lambda: pairs.log.endswith("}\n") or not pairs.alive(), "the load reports", 10)
        harness.expect(pairs.alive(), f"bench-pairs has ended:\n{pairs.log[-2000:]}")
        return window, json.loads(pairs.log.splitlines()[-1]), profile
    finally:
        for program in sorted(started, key=lambda program: not isinstance(program, tested.Tested)):
            end_all(program, None) if isinstance(program, tested.Tested) else end_all(None, program)


TEXT_OF_A_SEGMENT = 1448  # MTU 1500, timestamps


def proxy_connections(context, _):
    """proxy.cycles_per_connection"""

    def once():
        window, report, profile = proxied(context, "short", 64)
        pairs = window.count("proxy_connected")
        return {"cycles": window.busy / pairs, **shares(window), "load_busy": report["busy_share"],
                "failed": report["failed"], "profile": profile}

    context.say("proxy, short connections")
    runs = Runs(context, once)
    setup = (f"{context.setup}; open, 64 bytes there and back, close, both sides terminated; clients and servers share the other "
             f"core (busy {runs.median('load_busy'):.0%}); {check_saturated(context, 'proxy', runs)}; "
             f"failed: {runs.median('failed'):.0f}")
    context.profiles["proxy, short"] = runs.found[-1]["profile"]
    return [runs.record("proxy.cycles_per_connection", "cycles", setup)]


def proxy_bulk(context, _):
    """proxy.cycles_per_packet, proxy.gbit_per_s"""

    def once():
        window, report, profile = proxied(context, "bulk", 8)
        text = window.count("proxy_bytes_to_client")
        return {"cycles": window.busy / (text / TEXT_OF_A_SEGMENT), "gbit": text * 8 / window.seconds / 1e9,
                **shares(window), "load_busy": report["busy_share"], "profile": profile}

    context.say("proxy, bulk")
    runs = Runs(context, once)
    setup = (f"{context.setup}; 8 pairs, MTU 1500, no TSO or LRO (this wire has none); per {TEXT_OF_A_SEGMENT} bytes of text, "
             f"ACKs included; clients and servers share the other core (busy {runs.median('load_busy'):.0%}); "
             f"{check_saturated(context, 'proxy', runs)}")
    context.profiles["proxy, bulk"] = runs.found[-1]["profile"]
    return [runs.record("proxy.cycles_per_packet", "cycles", setup), runs.record("proxy.gbit_per_s", "gbit", setup)]
