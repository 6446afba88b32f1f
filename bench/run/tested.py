"""What is measured: millrace-echo or millrace-proxy with one worker on a core of its own, and its counters."""

import contextlib
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))

import harness  # noqa: E402

MACS = ("02:4d:52:00:00:01", "02:4d:52:00:00:02")
ADDRESS, SERVER_SIDE = "10.1.0.1", "10.2.0.1"
ECHO_PORT, DISCARD_PORT, CHARGEN_PORT, HTTP_PORT, PROXY_PORT = 7, 9, 19, 80, 80
SERVERS = [f"10.2.0.2:{8080 + number}" for number in range(8)]


# Before the ordinary programs of a machine that is not ours alone.
FIRST = ("nice", "-n", "-20")


def common(context, prefix, connections):
    return (f'[runtime]\nworkers = 1\nhugepages = "{"on" if context.hugepages else "off"}"\nfile_prefix = "{prefix}"\n'
            f'idle = "spin"\n[limits]\nconnections = {connections}\ntime_waits = 1000000\nhalf_open = 65536\n'
            f'packets = {context.packets}\n[tcp]\nmsl = "1s"\n')


def port(name, device, address):
    return f'[[port]]\nname = "{name}"\ndevice = "{device}"\naddresses = ["{address}/24"]\n'


def echo_config(context, prefix, device, connections):
    text = 'drain = "0s"\n' + common(context, prefix, connections) + port("wire", device, ADDRESS)
    text += f'[[route]]\nto = "0.0.0.0/0"\nvia = "{context.load_address}"\n'
    for number, service in ((ECHO_PORT, "echo"), (DISCARD_PORT, "discard"), (CHARGEN_PORT, "chargen"), (HTTP_PORT, "http")):
        text += f'[[listener]]\naddress = "{ADDRESS}"\nport = {number}\nservice = "{service}"\n'
    return text


def proxy_config(context, prefix, devices, connections):
    servers = ", ".join(f'"{server}"' for server in SERVERS)
    return (common(context, prefix, connections) + port("clients", devices[0], ADDRESS) +
            port("servers", devices[1], SERVER_SIDE) +
            f'[[listener]]\naddress = "{ADDRESS}"\nport = {PROXY_PORT}\nupstream = "servers"\n'
            f'[[upstream]]\nname = "servers"\nservers = [{servers}]\nhealth_interval = "0s"\n')


class Tested(harness.Process):
    """The program; it serves once its wire's other end is there."""

    telemetry = harness.Millrace.telemetry
    ready = harness.Millrace.ready

    def __init__(self, context, name, config):
        self.file_prefix = context.prefix
        path = context.directory / f"{name}.toml"
        path.write_text(config)
        super().__init__(name, [*FIRST, "taskset", "-c", str(context.cores[0]), context.build / "apps" / name / name,
                                "-c", str(path)], context.directory / f"{name}.log")

    def await_ready(self):
        harness.wait_until(lambda: not self.alive() or self.ready(), f"{self.name} is ready", 30)
        harness.expect(self.alive(), f"{self.name} has ended:\n{self.log[-2000:]}")

    def sample(self):
        return Sample(self.telemetry(), self._running_ns())

    def _running_ns(self):
        """How long each thread has been on a core."""
        tasks = pathlib.Path(f"/proc/{self.popen.pid}/task")
        return {task.parent.name: int(task.read_text().split()[0]) for task in tasks.glob("*/schedstat")}

    def profile(self):
        return self.telemetry("/millrace/profile")

    def end(self):
        with contextlib.suppress(harness.Failure):
            self.freeze()
        self.popen.kill()
        self.popen.wait()


class Sample:
    def __init__(self, stats, running_ns):
        self.at, self.running_ns = time.monotonic(), running_ns
        self.counters = {**stats["total"], **stats.get("program", {})}


class Window:
    """What the tested worker did between two samples."""

    def __init__(self, first, last):
        self.seconds = last.at - first.at
        self._first, self._last = first.counters, last.counters
        self.busy = self.count("busy_cycles")
        self.cycles = self.busy + self.count("idle_cycles")
        worker = max(last.running_ns[task] - first.running_ns.get(task, 0) for task in last.running_ns)
        self.on_core = min(worker / 1e9 / self.seconds, 1.0)  # share of the time that the worker's thread was not put aside

    def count(self, name):
        return self._last[name] - self._first[name]

    @property
    def busy_share(self):
        return self.busy / max(self.cycles, 1)
