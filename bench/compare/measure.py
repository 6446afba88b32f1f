"""One run of one sender through the link, with all that is counted meanwhile.

What a run says about the machine stands beside its result: processor time that the host took away (steal), and how late
the link was. A run is "quiet" when neither can have mattered.
"""

import pathlib

import scene as scenery

# The same thing by each stack's own name. "spurious" is counted where it shows for both alike: a segment that the
# receiver had already is answered by a D-SACK.
LINUX_COUNTERS = {"retransmissions": "RetransSegs", "timeouts": "TCPTimeouts", "probes": "TCPLossProbes"}
MILLRACE_COUNTERS = {"retransmissions": "retransmits", "timeouts": "timeouts", "probes": "tail_loss_probes"}
DSACKS = ("TCPDSACKOldSent", "TCPDSACKOfoSent")

QUIET_STEAL, QUIET_LATE, QUIET_WORST_US = 0.02, 0.002, 5000


def processor_times():
    numbers = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return {"all": sum(numbers), "idle": numbers[3] + numbers[4], "steal": numbers[7]}


def difference(after, before):
    return {name: value - before.get(name, 0) for name, value in after.items()}


class Watch:
    """What is counted between the start and end()."""

    def __init__(self, scene, sender):
        self._scene, self._sender = scene, sender
        scene.link.reset()
        self._before = self._read()

    def _read(self):
        scene = self._scene
        own = scene.millrace_counters() if self._sender == "millrace" else scene.linux_counters(scene.linux)
        return {"own": own, "receiver": scene.linux_counters(scene.receiver), "processors": processor_times()}

    def end(self):
        after = self._read()
        own, receiver, times = (difference(after[part], self._before[part]) for part in after)
        names = MILLRACE_COUNTERS if self._sender == "millrace" else LINUX_COUNTERS
        counted = {ours: own.get(theirs, 0) for ours, theirs in names.items()}
        counted["spurious"] = sum(receiver[name] for name in DSACKS)
        link = self._scene.link.counters()
        busy = max(times["all"], 1)
        machine = {"steal": times["steal"] / busy, "busy": 1 - times["idle"] / busy,
                   "late": link["forward"]["late"], "gaps": link["gaps"]}
        machine["quiet"] = is_quiet(machine)
        return {**counted, "lost": link["forward"]["lost"], "queue_full": link["forward"]["queue_full"],
                "frames": link["forward"]["frames"], "machine": machine}


def is_quiet(machine):
    late = machine["late"]
    return (machine["steal"] <= QUIET_STEAL and late["over_1ms"] <= QUIET_LATE * max(late["count"], 1) and
            max(late["worst_us"], machine["gaps"]["worst_us"]) <= QUIET_WORST_US)


def bulk(scene, sender, cell, seed, duration):
    scene.link.impair(*cell.profiles(seed))
    watch = Watch(scene, sender)
    flow = scene.receive("bulk", duration, scene.target(sender, cell.control, "chargen"))[0]
    scenery.harness.expect(flow["intact"] and not flow["ended_early"], f"{cell.name}: {sender}'s stream is damaged")
    return {**watch.end(), "goodput_mbit": flow_of(flow)["goodput_mbit"]}


def answers(scene, sender, cell, seed, plan):
    scene.link.impair(*cell.profiles(seed))
    watch = Watch(scene, sender)
    found = scene.receive("answers", scene.target(sender, cell.control, plan.size), plan.size, plan.count, plan.every_ms,
                          plan.patience_s)
    return {**watch.end(), **found}


def upload(scene, to, cell, seed, duration):
    """The other way: Linux sends, and it is the receiving stack that is looked at."""
    with_data, back = cell.profiles(seed)
    scene.link.impair(back, with_data)
    return flow_of(scene.upload(duration, scene.target(to, cell.control, "discard"), cell.control))


def flow_of(found):
    return {**found, "goodput_mbit": found["bytes"] * 8 / found["seconds"] / 1e6}


def both(scene, targets, cell, duration):
    """Two bulk flows at once: each one's share of their sum, and its goodput in each tenth of a second."""
    scene.link.impair(*cell.profiles(1))
    scene.link.reset()
    flows = scene.receive("bulk", duration, *targets)
    scenery.harness.expect(all(flow["intact"] for flow in flows), f"{cell.name}: a stream is damaged")
    total = sum(flow["bytes"] for flow in flows)
    return {"shares": [flow["bytes"] / total for flow in flows], "samples": [flow["samples"] for flow in flows],
            "goodput_mbit": total * 8 / flows[0]["seconds"] / 1e6}
