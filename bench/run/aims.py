"""What is measured and what is aimed at: for each name its unit, which way is better, what must be, and the moonshot.

A name may have an ending that says what was varied, as rr.cycles_per_request.100000; an aim of that ending goes before
one of the bare name. All of one core.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Aim:
    unit: str
    better: str
    must: float | None = None
    moonshot: float | None = None


AIMS = {
    "rr.cycles_per_request": Aim("cycles", "lower", 1000, 600),
    "rr.cycles_per_request.100000": Aim("cycles", "lower", 1300, 800),
    "rr.requests_per_s": Aim("1/s", "higher"),
    "rr.p50_us": Aim("us", "lower"),
    "rr.p99_us": Aim("us", "lower"),
    "rr.p999_us": Aim("us", "lower", 50, 15),
    "cps.cycles_per_connection": Aim("cycles", "lower", 3000, 1500),
    "cps.connections_per_s": Aim("1/s", "higher"),
    "proxy.cycles_per_connection": Aim("cycles", "lower", 7000, 3750),
    "proxy.cycles_per_packet": Aim("cycles", "lower", 1000, 740),
    "proxy.gbit_per_s": Aim("Gbit/s", "higher", 25, 50),
    "mem.bytes_per_idle_connection": Aim("bytes", "lower", 256, 192),
    "mem.bytes_per_answered_connection": Aim("bytes", "lower"),
    "mem.bytes_per_pair": Aim("bytes", "lower", 512, 400),
    "mem.bytes_per_time_wait": Aim("bytes", "lower", 64, 32),
    "conns.established_max": Aim("connections", "higher"),
    "synflood.mpps": Aim("M/s", "higher", 3, 10),
    "synflood.goodput_kept": Aim("ratio", "higher", 0.8, 0.9),
    "timer.arm_ns.1M": Aim("ns", "lower", 15, 6),
    "timer.cancel_ns.1M": Aim("ns", "lower", 10, 3),
    "timer.arm_ns": Aim("ns", "lower"),
    "timer.cancel_ns": Aim("ns", "lower"),
    "timer.arm_cold_ns": Aim("ns", "lower"),
    "timer.cancel_cold_ns": Aim("ns", "lower"),
    "timer.arm_hot_ns": Aim("ns", "lower"),
    "timer.cancel_hot_ns": Aim("ns", "lower"),
    "timer.fire_ns": Aim("ns", "lower"),
    "flow.lookup_hit_ns.10M": Aim("ns", "lower", 27, 15),
    "flow.lookup_miss_ns.10M": Aim("ns", "lower", 17, 10),
    "flow.lookup_hit_ns": Aim("ns", "lower"),
    "flow.lookup_miss_ns": Aim("ns", "lower"),
    "loss.goodput_ratio_1pct": Aim("ratio", "higher"),
    "loss.goodput_ratio_5pct": Aim("ratio", "higher"),
    "instr": Aim("instructions", "lower"),
}

# Proxies on the kernel's TCP, measured when asked for; `millrace` is Millrace on their wire.
for peer in ("haproxy", "nginx", "millrace"):
    AIMS |= {f"peer.{peer}.cycles_per_{what}": Aim("cycles", "lower") for what in ("connection", "request", "megabyte")}
for peer in ("haproxy", "nginx"):
    AIMS |= {f"peer.{peer}.ratio.connection": Aim("times", "higher", 30, 80),
             f"peer.{peer}.ratio.megabyte": Aim("times", "higher", 6, 10),
             f"peer.{peer}.ratio_same_wire": Aim("times", "higher")}


def aim_of(name):
    """The aim of the longest part of the name that has one."""
    words = name.split(".")
    for used in range(len(words), 0, -1):
        found = AIMS.get(".".join(words[:used]))
        if found:
            return found
    raise KeyError(f"no aim for {name}")


def met(name, value):
    """'moonshot', 'must', 'missed', or '' where nothing is aimed at."""
    aim = aim_of(name)
    if aim.must is None:
        return ""
    good = (lambda limit: value <= limit) if aim.better == "lower" else (lambda limit: value >= limit)
    return "moonshot" if good(aim.moonshot) else "must" if good(aim.must) else "missed"
